package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;

/** Runs the tools that these tests need. A missing or failing tool fails the test. */
final class Tools {
  private Tools() {}

  /** What it prints, both streams. */
  static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " failed: " + said);
    }
    return said;
  }
}
