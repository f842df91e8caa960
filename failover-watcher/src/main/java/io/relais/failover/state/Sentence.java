package io.relais.failover.state;

/** A reason as a sentence of its own. */
public final class Sentence {
  private Sentence() {}

  /** With a capital where it begins with a word, and a full stop. */
  public static String of(String reason) {
    if (reason.isEmpty()) {
      return "";
    }
    String first = reason.split(" ", 2)[0];
    boolean word = first.chars().allMatch(c -> c == '\'' || (c >= 'a' && c <= 'z'));
    String begun = word ? Character.toUpperCase(reason.charAt(0)) + reason.substring(1) : reason;
    return reason.endsWith(".") ? begun : begun + ".";
  }
}
