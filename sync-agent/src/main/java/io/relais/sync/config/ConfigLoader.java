package io.relais.sync.config;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Faults;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.Printable;
import io.relais.common.Suggest;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlDocument;
import io.relais.common.toml.TomlSection;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.source.SourcePath;
import io.relais.sync.source.UnsafeSourceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the agent's configuration file. For one thread; blocks only on the local disk. */
public final class ConfigLoader {
  /** Where the state is kept if neither the file nor systemd says. */
  public static final Path DEFAULT_STATE_DIRECTORY = Path.of("/var/lib/sync-agent");

  private static final Pattern STATE_LINE =
      Pattern.compile("\\s*state_dir\\s*=\\s*[\"'](/[^\"'\\\\]*)[\"']\\s*(#.*)?");

  private static final int MOST_LINES = 10_000;

  private final Map<String, String> environment;
  private final SshHosts.Reader hosts;

  /**
   * Makes a loader.
   *
   * @param environment of the process; systemd puts the directory for the state into {@code
   *     STATE_DIRECTORY} (systemd.exec(5))
   * @param hosts tells which hosts the OpenSSH configuration knows
   */
  public ConfigLoader(Map<String, String> environment, SshHosts.Reader hosts) {
    this.environment = ImmutableMap.copyOf(environment);
    this.hosts = hosts;
  }

  /**
   * The configuration, and what is not a mistake in the file but will probably not work.
   *
   * @param warnings in the order of the file
   */
  public record Checked(AgentConfig config, ImmutableList<ConfigProblem> warnings) {}

  /**
   * Reads the file.
   *
   * @throws ConfigException with every mistake in it (the user's to fix)
   */
  public AgentConfig load(Path file) throws ConfigException {
    return check(file).config();
  }

  /**
   * Reads the file, and looks whether what it names is there. A missing source is only a warning:
   * it may be mounted later, and until then nothing is deleted.
   *
   * @throws ConfigException with every mistake in it (the user's to fix)
   */
  public Checked check(Path file) throws ConfigException {
    return read(TomlDocument.read(file));
  }

  /**
   * Where the state is, for a command that needs nothing else.
   *
   * @param mistake whether the file has one, or can't be read
   */
  public record StatePlace(Path directory, boolean mistake) {}

  /**
   * Finds the state although there may be mistakes in the file.
   *
   * @throws ConfigException if there is no such file (the user's to fix)
   */
  public StatePlace statePlace(Path file) throws ConfigException {
    try {
      return new StatePlace(load(file).stateDirectory(), false);
    } catch (ConfigException e) {
      if (!FileAccess.exists(file)) {
        throw e;
      }
      return new StatePlace(likelyState(file), true);
    }
  }

  private Path likelyState(Path file) {
    try {
      TomlSection agent = TomlDocument.read(file).root().table("agent");
      return agent.absolutePath("state_dir").or(defaultStateDirectory());
    } catch (ConfigException e) {
      // It is not even TOML, or must not be read: then this line is probably still as it was.
      return stateLine(file).orElse(defaultStateDirectory());
    }
  }

  private static Optional<Path> stateLine(Path file) {
    try (Stream<String> lines = Files.lines(file, ISO_8859_1)) {
      return lines
          .limit(MOST_LINES)
          .map(STATE_LINE::matcher)
          .filter(Matcher::matches)
          .map(line -> Path.of(line.group(1)))
          .findFirst();
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  Checked read(TomlDocument document) throws ConfigException {
    TomlSection root = document.root();
    TomlSection agent = root.table("agent");
    Setting<Path> stateDirectory = agent.absolutePath("state_dir");
    Path state = stateDirectory.or(defaultStateDirectory());
    SshConfig.Table ssh = SshConfig.Table.read(root.table("ssh"));
    ImmutableList<SyncConfig.Table> syncs = syncs(root);
    AgentConfig config =
        new AgentConfig(
            state,
            agent.duration("full_scan").or(AgentConfig.DEFAULT_FULL_SCAN),
            agent.duration("heartbeat").value(),
            agent.duration("quarantine_keep").or(AgentConfig.DEFAULT_QUARANTINE_KEEP),
            agent.oneOf("watcher", AgentConfig.Watcher.class).or(AgentConfig.Watcher.AUTO),
            ssh.values(),
            syncs.stream().map(SyncConfig.Table::config).collect(toImmutableList()));
    check(syncs);
    syncs.forEach(sync -> checkState(stateDirectory, state, sync));
    checkHosts(ssh, syncs);
    document.finish();
    return new Checked(config, warnings(ssh, syncs));
  }

  private Path defaultStateDirectory() {
    // systemd separates several directories by colons.
    String first = environment.getOrDefault("STATE_DIRECTORY", "").split(":", 2)[0];
    return first.startsWith("/") ? Path.of(first) : DEFAULT_STATE_DIRECTORY;
  }

  private static ImmutableList<SyncConfig.Table> syncs(TomlSection root) {
    ImmutableList<TomlSection> tables = root.tables("sync");
    if (tables.isEmpty() && !root.keys().contains("sync")) {
      root.problem("there is nothing to mirror; add a [[sync]] table with name, source and target");
    }
    return tables.stream().map(SyncConfig.Table::read).collect(toImmutableList());
  }

  /** An index inside a source would be mirrored, which changes it, which mirrors it again. */
  private static void checkState(Setting<Path> setting, Path state, SyncConfig.Table sync) {
    Optional<Path> source = sync.source().value();
    if (source.isPresent() && state.startsWith(source.get())) {
      (setting.isPresent() ? setting : sync.source())
          .problem(
              "the state directory %s lies in the source of %s and would mirror itself; set"
                      .formatted(Printable.quoted(state.toString()), sync.called())
                  + " agent.state_dir to a directory outside");
    }
  }

  private void checkHosts(SshConfig.Table ssh, ImmutableList<SyncConfig.Table> syncs) {
    if (ssh.config().isPresent() && ssh.config().value().isEmpty()) {
      return;
    }
    SshHosts known;
    try {
      known = hosts.read(ssh.config().value());
    } catch (IOException e) {
      ssh.config().problem("the OpenSSH config can't be used: " + reason(e));
      return;
    }
    syncs.stream()
        .flatMap(sync -> sync.targets().stream())
        .forEach(target -> checkHost(known, ssh, target));
  }

  /** The reader says itself what to do; of what only the system says, this does. */
  private static String reason(IOException e) {
    return e instanceof FileSystemException && !(e instanceof FileRights.UnsafeFileException)
        ? Faults.withFile(e) + "; check the path and who may read it"
        : Printable.cut(String.valueOf(e.getMessage()), 4096);
  }

  private static void checkHost(
      SshHosts known, SshConfig.Table ssh, Setting<TargetAddress> target) {
    Optional<String> host = target.value().map(TargetAddress::host);
    if (host.isPresent() && !known.knows().test(host.get())) {
      target.problem(
          "unknown host %s: %s does not name it; %s"
              .formatted(
                  Printable.quoted(host.get()),
                  ssh.configName(),
                  Suggest.nearest(host.get(), known.aliases())
                      .map(near -> "did you mean '" + Printable.cut(near, 80) + "'?")
                      .orElse("add a 'Host " + host.get() + "' block there")));
    }
  }

  private static ImmutableList<ConfigProblem> warnings(
      SshConfig.Table ssh, ImmutableList<SyncConfig.Table> syncs) {
    Stream<ConfigProblem> sources =
        syncs.stream()
            .map(SyncConfig.Table::source)
            .filter(source -> !Files.isDirectory(source.get()))
            .map(
                source ->
                    source.at(
                        "warning: "
                            + SourcePath.singleFileAdvice(source.get())
                                .orElseGet(() -> missing(source.get()))));
    Stream<ConfigProblem> unsafe = syncs.stream().flatMap(ConfigLoader::unsafe);
    Stream<ConfigProblem> passphrases =
        ssh.passphraseFiles().stream()
            .filter(file -> !FileAccess.exists(file.get()))
            .map(file -> file.at("warning: " + missing(file.get())));
    return Stream.of(sources, unsafe, passphrases)
        .flatMap(all -> all)
        .sorted()
        .collect(toImmutableList());
  }

  /** The mirror will halt. */
  private static Stream<ConfigProblem> unsafe(SyncConfig.Table sync) {
    try {
      sync.config().sourcePath().find();
      return Stream.empty();
    } catch (UnsafeSourceException e) {
      return Stream.of(
          sync.source().at("warning: " + e.getMessage() + "; to change that, " + e.remedy()));
    } catch (IOException e) {
      return Stream.empty(); // The agent may be able to look at more than we are.
    }
  }

  private static String missing(Path path) {
    return Printable.quoted(path.toString())
        + (FileAccess.exists(path)
            ? " is not a directory; name the directory to mirror"
            : " is not there, or may not be looked at; create it or fix the path");
  }

  private static void check(List<SyncConfig.Table> syncs) {
    for (int i = 0; i < syncs.size(); i++) {
      SyncConfig.Table sync = syncs.get(i);
      targetsOfOne(sync);
      for (SyncConfig.Table earlier : syncs.subList(0, i)) {
        names(earlier, sync);
        sources(earlier, sync);
        targets(earlier, sync);
      }
    }
  }

  private static void names(SyncConfig.Table earlier, SyncConfig.Table later) {
    if (later.name().value().isPresent() && later.name().value().equals(earlier.name().value())) {
      later
          .name()
          .problem(
              "the name '%s' is taken at line %d; choose another"
                  .formatted(later.name().get(), earlier.name().line()));
    }
  }

  private static void sources(SyncConfig.Table earlier, SyncConfig.Table later) {
    if (earlier.source().value().isEmpty() || later.source().value().isEmpty()) {
      return;
    }
    Path first = earlier.source().get();
    Path second = later.source().get();
    if (first.equals(second)) {
      later
          .source()
          .problem(
              "this is the source of %s too; write targets = [...] there for several targets"
                  .formatted(earlier.called()));
    } else if (second.startsWith(first) || first.startsWith(second)) {
      later
          .source()
          .problem(
              "this source %s the source %s of %s; mirror the outer one only, or keep them apart"
                  .formatted(
                      second.startsWith(first) ? "lies in" : "holds",
                      Printable.quoted(first.toString()),
                      earlier.called()));
    }
  }

  private static void targetsOfOne(SyncConfig.Table sync) {
    List<Setting<TargetAddress>> targets = sync.targets();
    for (int i = 0; i < targets.size(); i++) {
      for (Setting<TargetAddress> earlier : targets.subList(0, i)) {
        target(earlier, targets.get(i), "of this table");
      }
    }
  }

  private static void targets(SyncConfig.Table earlier, SyncConfig.Table later) {
    for (Setting<TargetAddress> target : later.targets()) {
      for (Setting<TargetAddress> other : earlier.targets()) {
        target(other, target, "of " + earlier.called());
      }
    }
  }

  private static void target(
      Setting<TargetAddress> earlier, Setting<TargetAddress> later, String whose) {
    if (earlier.value().isEmpty() || later.value().isEmpty()) {
      return;
    }
    TargetAddress first = earlier.get();
    TargetAddress second = later.get();
    if (!first.host().equals(second.host())) {
      return;
    }
    if (first.equals(second)) {
      later.problem("this is a target %s too; write another path".formatted(whose));
    } else if (first.holds(second) || second.holds(first)) {
      later.problem(
          "this target %s the target '%s' %s; keep them apart"
              .formatted(
                  first.holds(second) ? "lies in" : "holds",
                  Printable.cut(first.toString(), 120),
                  whose));
    }
  }

  /**
   * Which hosts the OpenSSH client configuration knows.
   *
   * @param knows whether it says something of this alias that leads to a host
   * @param aliases those that it names without wildcards; to suggest one
   */
  public record SshHosts(Predicate<String> knows, Collection<String> aliases) {
    /** Reads the OpenSSH client configuration. */
    @FunctionalInterface
    public interface Reader {
      /**
       * Reads it.
       *
       * @param sshConfig the file; empty: the user's own and the system's
       * @throws IOException if a file that is named can't be read (the user's to fix)
       */
      SshHosts read(Optional<Path> sshConfig) throws IOException;
    }
  }
}
