package io.relais.sync.entry;

/** Numbers of things, for people. */
public final class Counts {
  private Counts() {}

  /** Such as {@code 1 file}, {@code 2,000 files} or {@code 3 directories}. */
  public static String of(long number, String one) {
    String many = one.endsWith("y") ? one.substring(0, one.length() - 1) + "ies" : one + "s";
    return "%,d %s".formatted(number, number == 1 ? one : many);
  }
}
