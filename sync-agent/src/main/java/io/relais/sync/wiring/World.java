package io.relais.sync.wiring;

import java.io.Console;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

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

  /** An operator at a terminal, who can be asked. */
  @FunctionalInterface
  public interface Terminal {
    /** Nobody is there. */
    Terminal NONE = _ -> Optional.empty();

    /** The terminal of this process, if it has one. */
    static Terminal own() {
      return Optional.ofNullable(System.console())
          .filter(Console::isTerminal)
          .<Terminal>map(
              console -> question -> Optional.ofNullable(console.readLine("%s", question)))
          .orElse(NONE);
    }

    /** Asks, and waits for a line; empty if nobody is there. */
    Optional<String> ask(String question);
  }
}
