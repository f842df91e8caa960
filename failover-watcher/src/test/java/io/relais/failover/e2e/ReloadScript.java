package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code relais-reload.sh}, as its unit runs it, with commands of a test's in front of the real.
 */
final class ReloadScript {
  private static final Path SCRIPT = Path.of("../packaging/lib/relais-reload.sh");

  private final Path commands;
  private final Path log;

  ReloadScript(Path directory) throws IOException {
    this.commands = Files.createDirectory(directory.resolve("commands"));
    this.log = directory.resolve("log");
    Files.createFile(log);
  }

  /** What a run came to. */
  record Ended(int exitCode, String output) {}

  /** Makes a command that writes itself to the log, then does this. */
  void command(String name, String does) throws IOException {
    Path file = commands.resolve(name);
    Files.writeString(
        file, "#!/bin/sh\necho \"%s $*\" >> '%s'\n%s\n".formatted(name, log, does), UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** What was run, in order. */
  List<String> ran() throws IOException {
    return Files.readAllLines(log);
  }

  Ended run(String... arguments) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", SCRIPT.toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().put("PATH", commands + ":/usr/bin:/bin");
    builder.environment().put("RELAIS_RELOAD_REST", "0.05");
    Process process =
        builder.redirectErrorStream(true).redirectInput(new File("/dev/null")).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
    return new Ended(process.exitValue(), output);
  }
}
