package io.relais.benchmark.mirror;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The agent as a service runs it: by its launcher, with nothing but defaults. */
final class AgentDaemon extends Daemon {
  private static final Pattern DONE =
      Pattern.compile("site: (in sync, |[^\\n]* in [\\d.]+ m?s$)", Pattern.MULTILINE);

  private AgentDaemon(ProcessBuilder builder, Path log) throws IOException {
    super(builder, log, log, DONE);
  }

  /**
   * Starts it.
   *
   * @param cache where it keeps class data for its next start, as {@code CacheDirectory=} gives it
   * @param state its state directory, where its configuration and its log are kept too
   * @param options for its JVM, besides those of the launcher
   */
  static AgentDaemon start(
      Path launcher,
      Path cache,
      Path state,
      Path sshConfig,
      Path source,
      String target,
      List<String> options)
      throws IOException {
    Files.createDirectories(state);
    Files.createDirectories(cache);
    Path configuration =
        Files.writeString(
            state.resolve("sync-agent.toml"),
            """
            [agent]
            state_dir = "%s"

            [ssh]
            config = "%s"

            [[sync]]
            name = "site"
            source = "%s"
            target = "backup:%s"
            """
                .formatted(state, sshConfig, source, target));
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString(), "-c", configuration.toString());
    builder.environment().put("CACHE_DIRECTORY", cache.toString());
    builder.environment().put("RELAIS_JAVA_OPTS", String.join(" ", options));
    return new AgentDaemon(builder, state.resolve("log"));
  }

  @Override
  boolean isBusy() {
    return false;
  }
}
