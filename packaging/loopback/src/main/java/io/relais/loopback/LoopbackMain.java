package io.relais.loopback;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs the link for the demo: {@code LoopbackMain DIR COPY} writes the client's files to DIR and
 * serves COPY, until SIGTERM, SIGINT or the end of standard input.
 */
public final class LoopbackMain {
  private LoopbackMain() {}

  public static void main(String[] args) throws IOException {
    // Before the first logger: one line a problem, on standard error.
    System.setProperty("logback.configurationFile", "io/relais/loopback/logback.xml");
    if (args.length != 2) {
      System.err.println("usage: LoopbackMain DIR COPY");
      System.exit(2);
    }
    run(Path.of(args[0]), Path.of(args[1]), System.in);
    // MINA's threads are daemons or end with their server; nothing else is left to wait for.
    System.exit(0);
  }

  private static void run(Path directory, Path copy, InputStream until) throws IOException {
    Files.createDirectories(copy);
    try (LoopbackLink link = LoopbackLink.start(directory, copy)) {
      System.out.printf(
          "ready: bastion on port %d, backup on port %d, ssh -F %s%n",
          link.bastionPort(), link.backupPort(), link.sshConfig());
      until.transferTo(OutputStream.nullOutputStream());
    }
  }
}
