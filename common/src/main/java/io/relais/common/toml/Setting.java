package io.relais.common.toml;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlPosition;

/**
 * What a file says of one key, or one element of an array: a value, nothing (the key is not there),
 * or a mistake (which has been noted already, so that reading goes on and the rest is checked too).
 *
 * @param <T> what the value is
 */
public final class Setting<T> implements Supplier<T> {
  private final TomlSection section;
  private final String key;
  private final @Nullable TomlPosition position;
  private final @Nullable T value;

  private Setting(
      TomlSection section, String key, @Nullable TomlPosition position, @Nullable T value) {
    this.section = section;
    this.key = key;
    this.position = position;
    this.value = value;
  }

  static <T> Setting<T> absent(TomlSection section, String key) {
    return new Setting<>(section, key, null, null);
  }

  static <T> Setting<T> of(TomlSection section, String key, TomlPosition position, T value) {
    return new Setting<>(section, key, position, value);
  }

  static <T> Setting<T> wrong(TomlSection section, String key, TomlPosition position) {
    return new Setting<>(section, key, position, null);
  }

  /** Whether the file has the key, with a usable value or a mistaken one. */
  public boolean isPresent() {
    return position != null;
  }

  /** The value, if there is a usable one. */
  public Optional<T> value() {
    return Optional.ofNullable(value);
  }

  /** The value, or the default if there is no usable one. */
  public T or(T byDefault) {
    return value == null ? byDefault : value;
  }

  /**
   * The value of a required key, after {@link TomlDocument#finish} has found no mistake.
   *
   * @throws IllegalStateException if there is none (the caller's fault)
   */
  @Override
  public T get() {
    if (value == null) {
      throw new IllegalStateException("no value of " + key);
    }
    return value;
  }

  /**
   * Notes a mistake if the key is not there.
   *
   * @param example a value to suggest, in TOML
   * @return this
   */
  public Setting<T> required(String example) {
    if (!isPresent()) {
      section.problem(section.header() + " has no '" + key + "'; add " + key + " = " + example);
    }
    return this;
  }

  /** Converts the value, if there is one; what the converter throws is noted as a mistake here. */
  public <R> Setting<R> map(Converter<? super T, ? extends R> converter) {
    if (position == null) {
      return absent(section, key);
    }
    if (value != null) {
      try {
        return of(section, key, position, converter.convert(value));
      } catch (BadValueException e) {
        problem("'" + section.label(key) + "': " + e.text());
      }
    }
    return wrong(section, key, position);
  }

  /**
   * Notes a mistake in this value; where the key is not there, in its table.
   *
   * @param message what is wrong and, after a semicolon, what to write instead; one line, printable
   */
  public void problem(String message) {
    if (position == null) {
      section.problem(message);
    } else {
      section.document().problem(position.line(), position.column(), message);
    }
  }

  /** Where it stands, as {@link ConfigProblem} has it; where the key is not there, its table. */
  public ConfigProblem at(String message) {
    TomlPosition place = position == null ? section.position() : position;
    return section.document().at(place.line(), place.column(), message);
  }

  /** The line that it stands on, from 1. */
  public int line() {
    return position == null ? section.position().line() : position.line();
  }

  /** Makes a value of another, more exact type. */
  @FunctionalInterface
  public interface Converter<T, R> {
    /**
     * Converts.
     *
     * @throws BadValueException if the value can't be
     */
    R convert(T value) throws BadValueException;
  }
}
