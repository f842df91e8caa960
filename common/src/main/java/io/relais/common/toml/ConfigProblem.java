package io.relais.common.toml;

import io.relais.common.Printable;
import java.util.Comparator;

/**
 * One mistake in a configuration file, the user's to fix.
 *
 * @param file as the user named it
 * @param line from 1; 0 if the mistake is in no one place of the file
 * @param column from 1, in characters; 0 together with the line
 * @param message what is wrong and, after a semicolon, what to write instead; one line, printable
 */
public record ConfigProblem(String file, int line, int column, String message)
    implements Comparable<ConfigProblem> {
  private static final int LONGEST_NAME = 4096;
  private static final Comparator<ConfigProblem> IN_ORDER_OF_THE_FILE =
      Comparator.comparingInt(ConfigProblem::line)
          .thenComparingInt(ConfigProblem::column)
          .thenComparing(ConfigProblem::message)
          .thenComparing(ConfigProblem::file);

  @Override
  public int compareTo(ConfigProblem other) {
    return IN_ORDER_OF_THE_FILE.compare(this, other);
  }

  /** {@code FILE:LINE:COLUMN: message}, the form that editors and compilers share. */
  @Override
  public String toString() {
    String where = Printable.cut(file, LONGEST_NAME);
    return line == 0 ? where + ": " + message : where + ":" + line + ":" + column + ": " + message;
  }
}
