package io.relais.benchmark.mirror;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** A {@link DelayedWire} in a process of its own. For one thread. */
final class Wire implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private final PrintStream orders;
  private final int port;

  private Wire(Process process) throws IOException {
    this.process = process;
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
    this.orders = new PrintStream(process.getOutputStream(), true, US_ASCII);
    this.port = Integer.parseInt(answer());
  }

  /** Starts one that leads to a port on 127.0.0.1. */
  static Wire to(int targetPort) throws IOException {
    return new Wire(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=2g",
                "-cp",
                classes(),
                DelayedWire.class.getName(),
                Integer.toString(targetPort))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Of the whole class path it needs only where it lies itself. */
  private static String classes() {
    try {
      var source = DelayedWire.class.getProtectionDomain().getCodeSource();
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the wire has ended");
    }
    return line;
  }

  int port() {
    return port;
  }

  /** For connections from now on. */
  void roundTrip(int millis) throws IOException {
    orders.println("rtt " + millis * 1_000_000L);
    var _ = answer();
  }

  /** Bytes of payload so far, both ways. */
  long bytes() throws IOException {
    orders.println("bytes");
    String[] counts = answer().split(" ");
    return Long.parseLong(counts[0]) + Long.parseLong(counts[1]);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
