package io.relais.benchmark.mirror;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** lsyncd with the shortest delay that it accepts; its default is 15 seconds. */
final class LsyncdDaemon extends Daemon {
  private static final Pattern DONE = Pattern.compile("finished");

  private LsyncdDaemon(ProcessBuilder builder, Path log) throws IOException {
    super(builder, log.resolveSibling("out"), log, DONE);
  }

  /**
   * Starts it.
   *
   * @param state where its configuration and its log are kept
   * @param byShell whether it moves and deletes at the backup by a shell
   */
  static LsyncdDaemon start(
      Path state, Path sshConfig, Path source, String host, String target, boolean byShell)
      throws IOException {
    Files.createDirectories(state);
    Path log = state.resolve("log");
    Files.deleteIfExists(log);
    String where =
        byShell
            ? """
              default.rsyncssh, host = "%s", targetdir = "%s",
              ssh = { binary = "/usr/bin/ssh", _extra = { "-F", "%s" } }"""
                .formatted(host, target, sshConfig)
            : "default.rsync, target = \"%s:%s\"".formatted(host, target);
    Path configuration =
        Files.writeString(
            state.resolve("lsyncd.conf.lua"),
            """
            settings { logfile = "%s", statusFile = "%s", nodaemon = true }
            sync { %s,
              source = "%s", delay = 0,
              rsync = { archive = true, rsh = "/usr/bin/ssh -F %s" } }
            """
                .formatted(log, state.resolve("status"), where, source, sshConfig));
    return new LsyncdDaemon(new ProcessBuilder("lsyncd", configuration.toString()), log);
  }

  @Override
  boolean isBusy() {
    return process().children().findAny().isPresent();
  }
}
