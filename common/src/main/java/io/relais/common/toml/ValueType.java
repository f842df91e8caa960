package io.relais.common.toml;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/**
 * What a key may hold.
 *
 * @param noun as in "must be a string"
 * @param example in TOML, as in {@code key = example}
 * @param repair makes TOML of what a value of another type was probably meant to be; never of one
 *     that could be a secret
 */
record ValueType<T>(
    Class<T> javaType, String noun, String example, Function<Object, Optional<String>> repair) {
  static final ValueType<String> STRING = of(String.class, "a string", "\"text\"");
  static final ValueType<String> DURATION =
      of(String.class, "a duration in quotes", "\"1h30m\"").repairedBy(ValueType::seconds);
  static final ValueType<String> SIZE = of(String.class, "a size in quotes", "\"4MiB\"");
  static final ValueType<String> PATH = of(String.class, "an absolute path in quotes", "\"/path\"");
  static final ValueType<Boolean> BOOLEAN =
      of(Boolean.class, "true or false", "true")
          .repairedBy(value -> value instanceof String word ? truth(word) : Optional.empty());
  static final ValueType<Long> INTEGER =
      of(Long.class, "a whole number", "100").repairedBy(value -> digits(value, "\\d{1,18}"));
  static final ValueType<Number> NUMBER =
      of(Number.class, "a number", "0.5")
          .repairedBy(value -> digits(value, "\\d{1,9}(\\.\\d{1,9})?"));
  static final ValueType<TomlArray> STRINGS =
      of(TomlArray.class, "an array of strings", "[\"one\", \"two\"]");
  static final ValueType<TomlTable> TABLE = of(TomlTable.class, "a table", "{ key = value }");

  private static <T> ValueType<T> of(Class<T> javaType, String noun, String example) {
    return new ValueType<>(javaType, noun, example, _ -> Optional.empty());
  }

  private ValueType<T> repairedBy(Function<Object, Optional<String>> other) {
    return new ValueType<>(javaType, noun, example, other);
  }

  ValueType<T> withExample(String other) {
    return new ValueType<>(javaType, noun, other, repair);
  }

  /** The message for a value of another type. */
  String mismatch(String label, String key, Object actual) {
    return "'%s' must be %s, not %s; %s"
        .formatted(
            label,
            noun,
            nounOf(actual),
            repair
                .apply(actual)
                .map(value -> "write " + key + " = " + value)
                .orElse("as in " + key + " = " + example));
  }

  private static Optional<String> seconds(Object value) {
    return value instanceof Long number && number > 0
        ? Optional.of("\"" + number + "s\" if seconds are meant")
        : Optional.empty();
  }

  private static Optional<String> digits(Object value, String form) {
    return value instanceof String text && text.matches(form)
        ? Optional.of(text)
        : Optional.empty();
  }

  /** The words that other formats have for true and false. */
  static Optional<String> truth(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> Optional.of("true");
      case "false", "no", "off" -> Optional.of("false");
      default -> Optional.empty();
    };
  }

  static String nounOf(Object value) {
    return switch (value) {
      case String _ -> "a string";
      case Long _ -> "a whole number";
      case Double _ -> "a number with a fraction";
      case Boolean _ -> "true or false";
      case TomlArray _ -> "an array";
      case TomlTable _ -> "a table";
      default -> "a date or time";
    };
  }
}
