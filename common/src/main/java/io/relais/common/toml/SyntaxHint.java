package io.relais.common.toml;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;

/** What to suggest for a line that is not TOML, judged by the line itself. */
final class SyntaxHint {
  private static final String KEY = "\\s*([A-Za-z0-9_-]{1,40})\\s*";
  private static final Pattern BARE_VALUE = Pattern.compile(KEY + "=\\s*([^\\s\"'\\[{#]+).*");
  private static final Pattern COLON = Pattern.compile(KEY + ":.*");
  private static final Pattern NO_VALUE = Pattern.compile(KEY + "=?\\s*(#.*)?");

  private SyntaxHint() {}

  /** Never repeats a value: it could be a secret. */
  static Optional<String> of(String line) {
    if (!Toml.parse(line).hasErrors()) {
      return Optional.of("say it only once");
    }
    if (line.chars().filter(c -> c == '"').count() % 2 == 1) {
      return Optional.of("close the text with a double quote, and write \\\" for one in it");
    }
    Matcher bare = BARE_VALUE.matcher(line);
    if (bare.matches()) {
      String key = bare.group(1);
      return ValueType.truth(bare.group(2))
          .map(truth -> "write " + key + " = " + truth)
          .or(() -> Optional.of("put the value in quotes: " + key + " = \"...\""));
    }
    Matcher colon = COLON.matcher(line);
    if (colon.matches()) {
      return Optional.of("write " + colon.group(1) + " = ..., with an equals sign");
    }
    Matcher none = NO_VALUE.matcher(line);
    return none.matches() ? Optional.of("write " + none.group(1) + " = \"...\"") : Optional.empty();
  }
}
