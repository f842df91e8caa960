package io.relais.sync.source;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One pattern in gitignore syntax: what can be wrong with it, and how the library must be given it
 * so that it reads it as git does.
 */
final class ExcludePattern {
  /** Members that the library and git agree on: letters, digits, ranges of them, classes, a few. */
  private static final Pattern BRACKET =
      Pattern.compile(
          "\\[[!^]?-?(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_.,~@%+=#]|[\\p{L}&&[^\\p{ASCII}]]"
              + "|\\[:(?:alpha|digit|alnum|upper|lower|xdigit):\\])+-?\\]");

  private static final Pattern DESCENDING = Pattern.compile("(.)-(.)");

  private ExcludePattern() {}

  static Optional<String> problem(String pattern) {
    String body = pattern.startsWith("!") ? pattern.substring(1) : pattern;
    if (pattern.isEmpty()) {
      return Optional.of("is empty; leave it out");
    }
    if (body.isEmpty()) {
      return Optional.of("is only '!'; write what to re-include after it, as in !keep.tmp");
    }
    if (body.startsWith("#")) {
      return Optional.of("is a comment in gitignore; write \\\\# for a name that starts with #");
    }
    if (body.chars().allMatch(c -> c == '/')) {
      return Optional.of("names nothing; write * for everything");
    }
    if (body.indexOf('\0') >= 0) {
      return Optional.of("holds a NUL, which no name can; leave it out");
    }
    if (body.contains("//")) {
      return Optional.of("holds '//', which matches nothing; write a single /");
    }
    if (body.endsWith(" ") && !body.endsWith("\\ ")) {
      return Optional.of("ends with a space, which gitignore drops; leave it out or write \\\\ ");
    }
    String[] segments = body.split("/");
    for (int i = 0; i < segments.length; i++) {
      Optional<String> problem = segmentProblem(segments[i]);
      if (problem.isPresent()) {
        return problem;
      }
      // Git strips what comes before the first wildcard, and then reads such stars as any depth.
      if (i + 1 < segments.length && segments[i].matches(".*([^*]\\*\\*|\\*\\*[^*]).*")) {
        return Optional.of(
            "has '**' next to other characters, and more after it; write a single *");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> segmentProblem(String segment) {
    if (segment.equals(".") || segment.equals("..")) {
      return Optional.of("holds '" + segment + "', which matches nothing; leave it out");
    }
    boolean wildcards = false;
    boolean backslash = false;
    for (int i = 0; i < segment.length(); ) {
      switch (segment.charAt(i)) {
        case '\\' -> {
          if (i + 1 == segment.length()) {
            return Optional.of("has a backslash with nothing to escape; write \\\\\\\\ for one");
          }
          backslash |= segment.charAt(i + 1) == '\\';
          wildcards |= "*?[ ".indexOf(segment.charAt(i + 1)) >= 0;
          i += 2;
        }
        case '[' -> {
          Matcher bracket = BRACKET.matcher(segment).region(i, segment.length());
          if (!bracket.lookingAt()) {
            return Optional.of(bracketProblem(segment.substring(i)));
          }
          if (descends(bracket.group())) {
            return Optional.of("has a range that runs backwards; write the lower end first");
          }
          wildcards = true;
          i = bracket.end();
        }
        case '*', '?', ' ' -> {
          wildcards = true;
          i++;
        }
        default -> i++;
      }
    }
    return wildcards && backslash
        ? Optional.of(
            "mixes a backslash with wildcards or spaces; write ? in place of the backslash")
        : Optional.empty();
  }

  private static String bracketProblem(String rest) {
    return rest.indexOf(']', 2) < 0
        ? "has a '[' that is never closed; write \\\\[ for a name that holds one"
        : "has brackets with unusual members; use letters, digits, ranges, [:alpha:] and the like,"
            + " or write ? in their place";
  }

  private static boolean descends(String bracket) {
    Matcher range = DESCENDING.matcher(bracket.substring(1, bracket.length() - 1));
    while (range.find()) {
      if (Character.isLetterOrDigit(range.group(1).charAt(0))
          && Character.isLetterOrDigit(range.group(2).charAt(0))
          && range.group(1).charAt(0) > range.group(2).charAt(0)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same pattern in the form that the library reads as git does (each of these was measured
   * against git): white space in brackets, because it trims; runs of stars collapsed; no backslash
   * but before what needs one.
   *
   * @param pattern one without a {@link #problem}
   */
  static String forLibrary(String pattern) {
    StringBuilder out = new StringBuilder();
    int start = pattern.startsWith("!") ? 1 : 0;
    out.append(pattern, 0, start);
    if (pattern.startsWith("\\!", start) || pattern.startsWith("\\#", start)) {
      out.append(pattern, start, start + 2);
      start += 2;
    }
    String[] segments = pattern.substring(start).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      out.append(i == 0 ? "" : "/");
      appendSegment(out, segments[i]);
    }
    return out.toString();
  }

  private static void appendSegment(StringBuilder out, String segment) {
    if (segment.matches("\\*{2,}")) {
      out.append("**");
      return;
    }
    for (int i = 0; i < segment.length(); ) {
      char c = segment.charAt(i);
      if (c == '\\') {
        appendEscaped(out, segment.charAt(i + 1));
        i += 2;
      } else if (c == '[') {
        Matcher bracket = BRACKET.matcher(segment).region(i, segment.length());
        i = bracket.lookingAt() ? bracket.end() : segment.length();
        out.append(bracket.group());
      } else if (c == '*') {
        out.append('*');
        while (i < segment.length() && segment.charAt(i) == '*') {
          i++;
        }
      } else {
        appendPlain(out, c);
        i++;
      }
    }
  }

  private static void appendEscaped(StringBuilder out, char c) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') {
      out.append('\\').append(c);
    } else {
      appendPlain(out, c);
    }
  }

  private static void appendPlain(StringBuilder out, char c) {
    if (c <= ' ' || Character.isWhitespace(c)) {
      out.append('[').append(c).append(']');
    } else {
      out.append(c);
    }
  }

  /**
   * A pattern in gitignore syntax that is bound to a place, since it has a slash in it or before
   * it.
   *
   * @param segments its parts between slashes
   */
  record AnchoredPattern(ImmutableList<String> segments) {
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[\\\\]");

    /** Empty for a pattern that matches names wherever they are. */
    static Optional<AnchoredPattern> of(String pattern) {
      String body = pattern.startsWith("!") ? pattern.substring(1) : pattern;
      body = body.endsWith("/") ? body.substring(0, body.length() - 1) : body;
      if (body.indexOf('/') < 0) {
        return Optional.empty();
      }
      String relative = body.startsWith("/") ? body.substring(1) : body;
      return Optional.of(new AnchoredPattern(ImmutableList.copyOf(relative.split("/", -1))));
    }

    /** Whether it could match anything below a directory; sometimes true where it could not. */
    boolean mayMatchBelow(String directory) {
      String[] names = directory.split("/", -1);
      for (int i = 0; i < names.length; i++) {
        if (i >= segments.size()) {
          return false;
        }
        String segment = segments.get(i);
        if (segment.matches("\\*{2,}")) {
          return true;
        }
        if (!WILDCARD.matcher(segment).find() && !segment.equals(names[i])) {
          return false;
        }
      }
      return segments.size() > names.length;
    }
  }
}
