package io.relais.sync.source;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A pattern in gitignore syntax that is bound to a place, since it has a slash in it or before it.
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
