package io.relais.benchmark.outage;

import java.time.Duration;

/** How the program is run, and within what time it has to have switched. */
enum Mode {
  DAEMON("daemon", Duration.ofSeconds(5), Duration.ofSeconds(30)),
  TIMER("one-minute timer", Duration.ofSeconds(60), Duration.ofSeconds(90));

  private final String text;
  private final Duration rhythm;
  private final Duration bar;

  Mode(String text, Duration rhythm, Duration bar) {
    this.text = text;
    this.rhythm = rhythm;
    this.bar = bar;
  }

  /** For people. */
  String text() {
    return text;
  }

  /** From one look at a production that is well to the next. */
  Duration rhythm() {
    return rhythm;
  }

  /** From the outage to the accepted refresh, or with RFC 2136 to the visible answer. */
  Duration bar() {
    return bar;
  }
}
