package io.relais.sync.wiring;

import com.google.common.collect.ImmutableList;
import io.relais.common.FileRights.UnsafeFileException;
import io.relais.common.StateDirectory;
import io.relais.openssh.HopChain;
import io.relais.openssh.HostResolver;
import io.relais.openssh.SshConfigException;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.engine.Agent;
import io.relais.sync.engine.Mirror;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.SyncUnit;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.sftp.SftpConnections;
import io.relais.sync.remote.sftp.TargetOptions;
import io.relais.sync.snapshot.DatabaseFiles;
import io.relais.sync.snapshot.DatabaseSnapshots;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourcePath;
import io.relais.sync.source.SourceTree.SourceOpener;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.transfer.QuarantiningTarget;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import io.relais.sync.watch.InotifyInstance;
import io.relais.sync.watch.RedirectingSource;
import io.relais.sync.watch.WatchSupervisor;
import io.relais.sync.watch.WatcherInstance.WatchMethod;
import io.relais.sync.watch.directorywatcher.DirectoryWatcherInstance;
import io.relais.sync.watch.poll.PollingSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts mirrors together from a configuration: the list of what there is and who needs whom. */
public final class MirrorFactory implements Agent.Assembler {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorFactory.class);
  private static final Duration POLL_UNWATCHED = Duration.ofSeconds(10);
  private static final int MOST_HINTS = 50_000;

  private final AgentConfig config;
  private final Path configFile;
  private final Map<String, HopChain> routes = new LinkedHashMap<>();
  private final SftpConnections links;
  private final StatusSink board;
  private final InstantSource clock;

  /**
   * Resolves every host, so that what is wrong there shows before anything starts.
   *
   * @throws SshConfigException if the OpenSSH configuration can't be honoured (the user's to fix)
   */
  public MirrorFactory(
      AgentConfig config,
      Path configFile,
      HostResolver hosts,
      StatusSink board,
      InstantSource clock)
      throws SshConfigException {
    this.config = config;
    this.configFile = configFile;
    this.board = board;
    this.clock = clock;
    Set<String> warnings = new LinkedHashSet<>();
    for (SyncConfig sync : config.syncs()) {
      for (TargetAddress target : sync.targets()) {
        HopChain route = hosts.route(target.host());
        routes.put(target.host(), route);
        route.hops().forEach(hop -> hop.warnings().forEach(w -> warnings.add(w.toString())));
      }
    }
    warnings.forEach(LOG::warn);
    this.links = new SftpConnections(config.ssh(), clock);
  }

  /** One mirror's parts, before anything of it runs. */
  public record Parts(
      MirrorSettings settings, TemporaryNameGenerator names, TargetConnector link) {}

  /** The parts of one source and one target. */
  public Parts parts(SyncConfig sync, TargetAddress target) {
    TemporaryNameGenerator names =
        new TemporaryNameGenerator(sync.name() + "\n" + sync.source() + "\n" + target);
    MirrorSettings settings = new MirrorSettingsFactory(config, configFile).of(sync, target);
    HopChain route = routes.get(target.host());
    if (route == null) {
      throw new IllegalStateException("no route to " + target.host());
    }
    return new Parts(settings, names, links.link(route, target, names, TargetOptions.of(sync)));
  }

  @Override
  public SyncUnit assemble(SyncConfig sync) throws IOException {
    makeState(config.stateDirectory());
    SqliteIndex.unpackNativeLibraryIn(config.stateDirectory());
    ImmutableList.Builder<Mirror> mirrors = ImmutableList.builder();
    for (TargetAddress target : sync.targets()) {
      mirrors.add(mirror(sync, parts(sync, target)));
    }
    ExcludeRules exclude = ExcludeRules.of(sync.exclude());
    return new SyncUnit(
        sync.name(), () -> watch(sync, path -> isExcluded(exclude, path)), mirrors.build());
  }

  private ChangeSource watch(SyncConfig sync, Predicate<RelPath> excluded) {
    SourcePath source = sync.sourcePath();
    ChangeSource watch =
        new PollingSource(
            watch(source, excluded), source, excluded, sync.poll(), SyncConfig.DEFAULT_POLL);
    return sync.sqlite().isEmpty() ? watch : new RedirectingSource(watch, databases(sync)::hinted);
  }

  private ChangeSource watch(SourcePath source, Predicate<RelPath> excluded) {
    WatchMethod inotify = InotifyInstance.METHOD;
    WatchMethod library = DirectoryWatcherInstance.METHOD;
    ImmutableList<WatchMethod> methods =
        switch (config.watcher()) {
          case AUTO -> ImmutableList.of(inotify, library);
          case INOTIFY -> ImmutableList.of(inotify);
          case DIRECTORY_WATCHER -> ImmutableList.of(library);
        };
    return new WatchSupervisor(methods, source, excluded, POLL_UNWATCHED);
  }

  private static boolean isExcluded(ExcludeRules exclude, RelPath directory) {
    return exclude.excludes(directory, true);
  }

  private Mirror mirror(SyncConfig sync, Parts parts) throws IOException {
    MirrorSettings settings = parts.settings();
    makeState(settings.directory());
    MirrorIndex index =
        SqliteIndex.open(
            settings.directory(), clock, problem -> LOG.warn("{}: {}", settings.name(), problem));
    return new Mirror(
        settings,
        debouncer(sync),
        source(sync, settings.directory(), index, clock),
        quarantining(settings, parts.link(), index),
        index,
        parts.names(),
        board,
        clock);
  }

  private TargetConnector quarantining(
      MirrorSettings settings, TargetConnector link, MirrorIndex index) {
    return new TargetConnector() {
      @Override
      public SyncTarget open(Runnable onLost) throws IOException {
        return new QuarantiningTarget(
            link.open(onLost),
            settings.name(),
            index::get,
            Optional.of(config.quarantineKeep()),
            clock);
      }

      @Override
      public @Nullable RemoteWait waiting() {
        return link.waiting();
      }

      @Override
      public String destination() {
        return link.destination();
      }
    };
  }

  /**
   * What opens a source.
   *
   * @param directory where snapshots of databases are put together
   * @param index what was confirmed of it
   */
  public static SourceOpener source(
      SyncConfig sync, Path directory, MirrorIndex index, InstantSource clock) {
    SourceOpener opener = () -> LinuxSourceTree.open(sync.sourcePath(), sync.links());
    if (sync.sqlite().isEmpty()) {
      return opener;
    }
    DatabaseSnapshots databases =
        new DatabaseSnapshots(databases(sync), directory, index::get, clock);
    return () -> databases.over(opener.open());
  }

  private static DatabaseFiles databases(SyncConfig sync) {
    return new DatabaseFiles(ExcludeRules.of(sync.sqlite()));
  }

  /**
   * Makes the state directory, or one in it, or checks the one that is there.
   *
   * @throws IOException if it can't be made, or others could write there (the user's to fix)
   */
  public static void makeState(Path directory) throws IOException {
    try {
      StateDirectory.make(directory);
    } catch (UnsafeFileException e) {
      throw new IOException("the state directory " + directory + " " + e.getReason(), e);
    } catch (IOException e) {
      throw new IOException(
          "the state directory " + directory + " can't be made: " + ErrorText.ofSource(e), e);
    }
  }

  private static Debouncer debouncer(SyncConfig sync) {
    return sync.consistent()
        ? Debouncer.wholeMirror(sync.debounce().quiet(), MOST_HINTS)
        : Debouncer.perPath(sync.debounce().quiet(), sync.debounce().max(), MOST_HINTS);
  }

  @Override
  public boolean isLike(Agent.Assembler other, SyncConfig sync) {
    return other instanceof MirrorFactory mirrorFactory
        && config.ssh().equals(mirrorFactory.config.ssh())
        && config.stateDirectory().equals(mirrorFactory.config.stateDirectory())
        && config.fullScan().equals(mirrorFactory.config.fullScan())
        && config.heartbeat().equals(mirrorFactory.config.heartbeat())
        && config.quarantineKeep().equals(mirrorFactory.config.quarantineKeep())
        && config.watcher() == mirrorFactory.config.watcher()
        && sync.targets().stream()
            .map(TargetAddress::host)
            .allMatch(host -> Objects.equals(routes.get(host), mirrorFactory.routes.get(host)));
  }

  @Override
  public void close() {
    links.close();
  }
}
