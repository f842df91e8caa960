package io.relais.common.toml;

/**
 * A value that has the right type but says something that can't be. Thrown by what converts values,
 * and turned into a {@link ConfigProblem} at the value's place by {@link Setting#map}.
 */
public final class BadValueException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what is wrong and, after a semicolon, what to write instead; one line, printable
   *     (see {@link io.relais.common.Printable})
   */
  public BadValueException(String message) {
    super(message, null, false, false);
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
