package io.relais.openssh;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;

/** The patterns of ssh_config(5), PATTERNS: {@code *}, {@code ?}, and lists with negation. */
public final class Patterns {
  private Patterns() {}

  /** Whether the whole text matches one pattern; case counts. Linear in space, no recursion. */
  public static boolean matches(String text, String pattern) {
    int at = 0;
    int in = 0;
    int star = -1;
    int resume = 0;
    while (at < text.length()) {
      if (in < pattern.length() && pattern.charAt(in) == '*') {
        star = in++;
        resume = at;
      } else if (in < pattern.length()
          && (pattern.charAt(in) == '?' || pattern.charAt(in) == text.charAt(at))) {
        at++;
        in++;
      } else if (star >= 0) {
        in = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (in < pattern.length() && pattern.charAt(in) == '*') {
      in++;
    }
    return in == pattern.length();
  }

  /** Matches a list separated by commas; case counts. A negated pattern overrides every other. */
  static boolean matchesList(String text, String list) {
    boolean matches = false;
    for (String item : Splitter.on(',').split(list)) {
      boolean negated = item.startsWith("!");
      if (matches(text, negated ? item.substring(1) : item)) {
        if (negated) {
          return false;
        }
        matches = true;
      }
    }
    return matches;
  }

  /** Matches a host name with a list, without regard to case. */
  static boolean matchesHost(String host, String list) {
    return matchesList(Ascii.toLowerCase(host), Ascii.toLowerCase(list));
  }

  /** Whether the pattern names one thing only. */
  static boolean isLiteral(String pattern) {
    return !pattern.isEmpty()
        && pattern.indexOf('*') < 0
        && pattern.indexOf('?') < 0
        && !pattern.startsWith("!");
  }

  /** Whether the pattern matches everything. */
  static boolean isCatchAll(String pattern) {
    return !pattern.isEmpty() && pattern.chars().allMatch(c -> c == '*');
  }
}
