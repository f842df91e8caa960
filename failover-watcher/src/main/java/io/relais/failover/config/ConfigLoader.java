package io.relais.failover.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlDocument;
import io.relais.common.toml.TomlSection;
import io.relais.failover.decide.Policy;
import io.relais.failover.notify.NotifySettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the watcher's configuration file, and the secrets that it names. For one thread; blocks
 * only on the local disk.
 */
public final class ConfigLoader {
  /** Where the state is kept unless the file or systemd says otherwise. */
  public static final Path DEFAULT_STATE_DIRECTORY = Path.of("/var/lib/failover-watcher");

  /** Where the file is unless the command line says otherwise. */
  public static final Path DEFAULT_FILE = Path.of("/etc/failover-watcher/failover-watcher.toml");

  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final Pattern STATE_LINE =
      Pattern.compile("\\s*state_dir\\s*=\\s*[\"'](/[^\"'\\\\]*)[\"']\\s*(#.*)?");

  private final ImmutableMap<String, String> environment;

  /**
   * Creates a loader.
   *
   * @param environment of the process; {@code STATE_DIRECTORY} and {@code CREDENTIALS_DIRECTORY}
   *     are systemd's words on where the state and the secrets are kept (systemd.exec(5))
   */
  public ConfigLoader(Map<String, String> environment) {
    this.environment = ImmutableMap.copyOf(environment);
  }

  /**
   * The configuration, with warnings about what is allowed but probably not intended.
   *
   * @param warnings in the order of the file
   */
  public record Checked(WatcherConfig config, ImmutableList<ConfigProblem> warnings) {}

  /**
   * Reads the file.
   *
   * @throws ConfigException with every mistake in it (for the user to fix)
   */
  public WatcherConfig load(Path file) throws ConfigException {
    return check(file).config();
  }

  /**
   * Reads the file, and gathers warnings.
   *
   * @throws ConfigException with every mistake in it (for the user to fix)
   */
  public Checked check(Path file) throws ConfigException {
    Checked checked = read(TomlDocument.read(file));
    return file.equals(DEFAULT_FILE)
        ? checked
        : new Checked(
            checked.config().called(WatcherConfig.PROGRAM + " -c " + file.toAbsolutePath()),
            checked.warnings());
  }

  /**
   * Where the state is, for a command that can do with nothing else: found although there are
   * mistakes in the file.
   */
  public Path likelyState(Path file) {
    Path otherwise = directory("STATE_DIRECTORY").orElse(DEFAULT_STATE_DIRECTORY);
    try {
      TomlSection watcher = TomlDocument.read(file).root().table("watcher");
      return watcher.absolutePath("state_dir").or(otherwise);
    } catch (ConfigException e) {
      // It is not even TOML, or must not be read: then this line is probably still as it was.
      return stateLine(file).orElse(otherwise);
    }
  }

  private static Optional<Path> stateLine(Path file) {
    try (Stream<String> lines = Files.lines(file, ISO_8859_1)) {
      return lines
          .map(STATE_LINE::matcher)
          .filter(Matcher::matches)
          .map(line -> Path.of(line.group(1)))
          .findFirst();
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  Checked read(TomlDocument document) throws ConfigException {
    ConfigContext context =
        new ConfigContext(directory("CREDENTIALS_DIRECTORY"), document.exposure());
    TomlSection root = document.root();
    TomlSection watcher = root.table("watcher");
    Path state =
        watcher
            .absolutePath("state_dir")
            .or(directory("STATE_DIRECTORY").orElse(DEFAULT_STATE_DIRECTORY));
    Duration interval = watcher.duration("interval").or(INTERVAL);
    Duration maxGap = maxGap(watcher, interval);
    Optional<Supplier<FailoverConfig>> failover =
        FailoverConfig.isIn(root)
            ? Optional.of(FailoverConfig.read(root, interval, maxGap, context))
            : Optional.empty();
    ImmutableList<Supplier<WatchConfig>> watches = WatchConfig.readAll(root, context);
    if (failover.isEmpty() && !root.has("watch")) {
      root.problem(
          "there is nothing to watch; add a [site] table, or [[watch]] tables where nothing is to"
              + " be switched");
    }
    Supplier<NotifySettings> notices = NotifyReader.read(root.table("notify"), context);
    Optional<Supplier<WatcherConfig.Deadman>> deadman =
        Optional.of(root.table("deadman"))
            .filter(TomlSection::isPresent)
            .map(table -> WatcherConfig.Deadman.read(table, context));
    document.finish();
    WatcherConfig config =
        new WatcherConfig(
            state,
            interval,
            failover.map(Supplier::get),
            Settings.all(watches),
            notices.get(),
            deadman.map(Supplier::get),
            WatcherConfig.PROGRAM);
    return new Checked(config, context.warnings());
  }

  /** systemd separates several directories by colons. */
  private Optional<Path> directory(String variable) {
    String first = environment.getOrDefault(variable, "").split(":", 2)[0];
    return first.startsWith("/") ? Optional.of(Path.of(first)) : Optional.empty();
  }

  private static Duration maxGap(TomlSection watcher, Duration interval) {
    Setting<Duration> maxGap = watcher.duration("max_gap");
    Duration gap = maxGap.or(Policy.DEFAULT.maxGap());
    if (gap.compareTo(interval) <= 0) {
      maxGap.problem(
          ("'watcher.max_gap' (%s%s) must be longer than 'watcher.interval' (%s), or no two rounds"
                  + " are ever consecutive; raise it")
              .formatted(
                  Converters.text(gap),
                  maxGap.isPresent() ? "" : " by default",
                  Converters.text(interval)));
    }
    return gap;
  }
}
