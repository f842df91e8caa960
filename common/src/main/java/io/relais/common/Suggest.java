package io.relais.common;

import com.google.common.base.Ascii;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what was probably meant. */
public final class Suggest {
  /** Beyond this many characters nobody mistypes a word: nothing is suggested. */
  private static final int LONGEST = 64;

  private Suggest() {}

  /**
   * The candidate that is nearest to what was written, if one is near: at most one mistake for each
   * three characters (never fewer than one). Case does not count. Among equals the first wins.
   */
  public static Optional<String> nearest(String written, Collection<String> candidates) {
    if (written.length() > LONGEST) {
      return Optional.empty();
    }
    int limit = Math.max(1, written.length() / 3);
    return candidates.stream()
        .filter(candidate -> candidate.length() <= LONGEST)
        .map(candidate -> new Scored(candidate, foldedDistance(written, candidate)))
        .filter(scored -> scored.distance <= limit)
        .min(Comparator.comparingInt(Scored::distance))
        .map(Scored::candidate);
  }

  /** What to say of a word that stands where a command does and is none. */
  public static String unknownCommand(String word, Collection<String> commands) {
    return "unknown command %s; %s"
        .formatted(
            Printable.quoted(word),
            nearest(word, commands)
                .map(near -> "did you mean '" + near + "'?")
                .orElse("there are: " + String.join(", ", commands)));
  }

  /** What to say of a value that has to be one of some words and is none. */
  public static String oneOf(String written, Collection<String> words) {
    return "%s is none of %s; %s"
        .formatted(
            Printable.quoted(written),
            String.join(", ", words),
            nearest(written, words)
                .map(near -> "did you mean '" + near + "'?")
                .orElse("write one of them"));
  }

  private record Scored(String candidate, int distance) {}

  private static int foldedDistance(String a, String b) {
    return distance(Ascii.toLowerCase(a), Ascii.toLowerCase(b));
  }

  /**
   * How many single mistakes turn one word into the other: a character too many, missing or wrong,
   * or two neighbours swapped (optimal string alignment).
   */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
        if (swapped(a, i, b, j)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      beforeLast = last;
      last = row;
    }
    return last[b.length()];
  }

  private static boolean swapped(String a, int i, String b, int j) {
    return i > 1
        && j > 1
        && a.charAt(i - 1) == b.charAt(j - 2)
        && a.charAt(i - 2) == b.charAt(j - 1);
  }
}
