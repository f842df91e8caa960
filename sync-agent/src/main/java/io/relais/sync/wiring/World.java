package io.relais.sync.wiring;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Map;

/** What the program takes from the process it runs in. */
public record World(
    Map<String, String> environment,
    PrintStream out,
    PrintStream err,
    InstantSource clock,
    Terminal terminal) {
  /** With nobody at a terminal. */
  World(Map<String, String> environment, PrintStream out, PrintStream err, InstantSource clock) {
    this(environment, out, err, clock, Terminal.NONE);
  }
}
