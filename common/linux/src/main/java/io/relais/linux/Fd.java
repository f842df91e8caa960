package io.relais.linux;

/** A descriptor, closed at the end of the block that opened it unless it belongs to the tree. */
public record Fd(int number, boolean owned) implements AutoCloseable {
  public static Fd owned(int number) {
    return new Fd(number, true);
  }

  public static Fd borrowed(int number) {
    return new Fd(number, false);
  }

  @Override
  public void close() {
    if (owned) {
      Libc.close(number);
    }
  }
}
