package io.relais.sync.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * One line that says something.
 *
 * @param spelled the keyword as written
 * @param rest everything behind the keyword, for the options that take it raw
 * @param arguments the same, split and unquoted
 * @param userLevel whether it stands in a user's file, not in the system's
 */
record ConfigLine(
    ConfigLocation at,
    String spelled,
    String rest,
    ImmutableList<String> arguments,
    boolean userLevel) {

  /** Reads a line; null if it is empty or a comment. */
  static @Nullable ConfigLine parse(ConfigLocation at, String text, boolean userLevel)
      throws SshConfigException {
    LineLexer.Split split = LineLexer.keyword(text);
    if (split == null) {
      return null;
    }
    if (split.rest().isEmpty()) {
      throw new SshConfigException(
          at, "'" + split.keyword() + "' has no value; add one or remove the line");
    }
    ImmutableList<String> arguments = LineLexer.arguments(split.rest());
    if (arguments == null) {
      throw new SshConfigException(at, "a quote is not closed; add the missing quote");
    }
    return new ConfigLine(at, split.keyword(), split.rest(), arguments, userLevel);
  }

  String keyword() {
    return Ascii.toLowerCase(spelled);
  }

  /** The only argument. */
  String single() throws SshConfigException {
    if (arguments.isEmpty() || arguments.getFirst().isEmpty()) {
      throw fault(spelled + " has no value; add one or remove the line");
    }
    if (arguments.size() > 1) {
      throw fault(
          spelled
              + " takes one value, and '"
              + arguments.get(1)
              + "' follows it; remove that, or quote the value if it holds a blank");
    }
    return arguments.getFirst();
  }

  SshConfigException fault(String message) {
    return new SshConfigException(at, message);
  }
}
