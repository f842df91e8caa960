package io.relais.benchmark.mirror;

import java.util.Locale;

/** What of it is measured, and how it is written. */
enum Quantity {
  /** Seconds. */
  TIME("time"),
  /** Seconds of that which came after the end of a change that takes a while itself. */
  AFTER("time after the change"),
  /** Bytes of TCP payload between client and bastion, both ways. */
  WIRE("bytes"),
  /** Per cent of one core. */
  CPU("CPU"),
  /** Bytes of resident memory. */
  RSS("RSS"),
  /** Bytes of Java heap, at most, that were taken from the system. */
  HEAP("heap");

  private final String text;

  Quantity(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  String show(double value) {
    if (Double.isInfinite(value)) {
      return "failed";
    }
    return switch (this) {
      case TIME, AFTER -> seconds(value);
      case WIRE -> bytes(value);
      case CPU -> format("%.3f %%", value);
      case RSS, HEAP -> format("%.1f MiB", value / (1 << 20));
    };
  }

  private static String seconds(double value) {
    if (value < 0.9995) {
      return format("%.0f ms", value * 1000);
    }
    return format(value < 99.95 ? "%.2f s" : "%.0f s", value);
  }

  private static String bytes(double value) {
    if (value < 999_950) {
      return format("%.1f kB", value / 1e3);
    }
    return format("%.1f MB", value / 1e6);
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
