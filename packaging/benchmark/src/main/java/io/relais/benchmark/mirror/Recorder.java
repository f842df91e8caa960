package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Gathers samples, and tells of each. For one thread. */
final class Recorder {
  private final ImmutableSet<Row> wanted;
  private final List<Sample> samples = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private Contender contender = Contender.AGENT;
  private int roundTrip;

  Recorder(Set<Row> wanted) {
    this.wanted = ImmutableSet.copyOf(wanted);
  }

  /** Whose measurements follow. */
  void about(Contender next, int roundTripMillis) {
    contender = next;
    roundTrip = roundTripMillis;
  }

  boolean wants(Row row) {
    return wanted.contains(row);
  }

  void add(Row row, Quantity quantity, double value) {
    add(row, quantity, value, false, "");
  }

  /** Adds a number of bytes. */
  void addBytes(Row row, Quantity quantity, long bytes) {
    add(row, quantity, (double) bytes);
  }

  /** Adds a value that was calculated from a part. */
  void addProjected(Row row, double seconds, String note) {
    add(row, Quantity.TIME, seconds, true, note);
  }

  /** It never came to its end. */
  void addFailure(Row row, String why) {
    add(row, Quantity.TIME, Double.POSITIVE_INFINITY, false, why);
    remark(row.option() + ": " + why);
  }

  private void add(Row row, Quantity quantity, double value, boolean projected, String note) {
    if (!wants(row)) {
      return;
    }
    Sample sample = new Sample(row, contender, roundTrip, quantity, value, projected, note, load());
    samples.add(sample);
    System.err.printf(
        "mirror: %-16s %-44s %3d ms  %s %s%s%n",
        row.option(),
        contender.text(),
        roundTrip,
        quantity.text(),
        quantity.show(value),
        note.isEmpty() ? "" : " (" + note + ")");
  }

  /** Something that a reader of the table has to know. */
  void remark(String text) {
    String remark = "%s, %d ms: %s".formatted(contender.text(), roundTrip, text);
    if (!remarks.contains(remark)) {
      remarks.add(remark);
      System.err.println("mirror: NOTE: " + remark);
    }
  }

  ImmutableList<Sample> samples() {
    return ImmutableList.copyOf(samples);
  }

  ImmutableList<String> remarks() {
    return ImmutableList.copyOf(remarks);
  }

  private static double load() {
    try {
      String text = Files.readString(Path.of("/proc/loadavg"));
      return Double.parseDouble(text.substring(0, text.indexOf(' ')));
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
