package io.relais.openssh;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/**
 * Expands {@code %x} and <code>${NAME}</code>: ssh_config(5), TOKENS and ENVIRONMENT VARIABLES.
 *
 * @param tokens what each letter stands for
 * @param environment empty: <code>${NAME}</code> is left as it is
 */
record Tokens(
    ImmutableMap<Character, String> tokens, Optional<ImmutableMap<String, String>> environment) {

  /** Expands a value of this line. */
  String expand(ConfigLine line, String text) throws SshConfigException {
    StringBuilder expanded = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (environment.isPresent() && text.startsWith("${", i)) {
        int close = text.indexOf('}', i);
        if (close < 0) {
          throw line.fault("'${' is not closed; add the '}'");
        }
        expanded.append(variable(line, environment.get(), text.substring(i + 2, close)));
        i = close;
      } else if (c == '%') {
        i++;
        expanded.append(token(line, text, i));
      } else {
        expanded.append(c);
      }
    }
    return expanded.toString();
  }

  private static String variable(
      ConfigLine line, ImmutableMap<String, String> environment, String name)
      throws SshConfigException {
    String value = environment.get(name);
    if (value == null) {
      throw line.fault("the environment variable " + name + " is not set; set it");
    }
    return value;
  }

  private String token(ConfigLine line, String text, int at) throws SshConfigException {
    if (at == text.length()) {
      throw line.fault("a lone '%' ends the value; write '%%' for a literal '%'");
    }
    char key = text.charAt(at);
    String value = key == '%' ? "%" : tokens.get(key);
    if (value == null) {
      throw line.fault(
          line.spelled()
              + " does not support the token '%"
              + key
              + "'; write '%%' for a literal '%' (ssh_config(5), TOKENS)");
    }
    return value;
  }
}
