package io.relais.sync.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.TransferProgress;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** A real source, a target in memory, and rounds of a mirror that can be killed at any step. */
public final class MoveRig {
  private static final Set<String> CHANGING =
      Set.of("make", "stage", "stageSymlink", "publish", "moveAside", "move");

  /** Longer than the kernel gives out one time stamp: what is done after it can be told apart. */
  private static final Duration STAMP = Duration.ofMillis(20);

  public final Path source;
  public final InMemoryDisk disk;
  final MirrorIndex index = new InMemoryIndex();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("moves");
  private final MirrorSettings settings;
  private final Set<RelPath> again = new HashSet<>();
  private Map<RelPath, SourceEntry> lastSeen = new TreeMap<>();

  /** Far ahead: no file is so new that it has to be given time to settle before it is read. */
  InstantSource clock = InstantSource.offset(InstantSource.system(), Duration.ofHours(1));

  /** What the next round is told to be due soon. */
  public Set<RelPath> upcoming = Set.of();

  /** What is asked of the target after each change of it. */
  public Runnable afterChange = () -> {};

  public MoveRig(Path directory, boolean delete, boolean consistent, Exclusion exclusion)
      throws IOException {
    this(directory, delete, consistent, exclusion, new InMemoryDisk());
  }

  public MoveRig(
      Path directory, boolean delete, boolean consistent, Exclusion exclusion, InMemoryDisk disk)
      throws IOException {
    this.disk = disk;
    this.source = Files.createDirectory(directory.resolve("source"));
    this.settings =
        new PlainSettings(source, Files.createDirectory(directory.resolve("state")))
            .delete(delete)
            .exclusion(exclusion)
            .guard(1, 1_000_000)
            .consistent(consistent)
            .get();
  }

  /** Everything, as after a restart. */
  public Cycle.Outcome syncAll() throws IOException {
    return sync(ScanScope.EVERYTHING, Long.MAX_VALUE);
  }

  /** What has changed since the last time, as events would have it. */
  public Cycle.Outcome syncHinted() throws IOException {
    return sync(hinted(), Long.MAX_VALUE);
  }

  public ScanScope hinted() throws IOException {
    Map<RelPath, SourceEntry> now = seen();
    Set<RelPath> hints = new HashSet<>(again);
    now.forEach(
        (path, entry) -> {
          if (!entry.equals(lastSeen.get(path))) {
            hints.add(path);
          }
        });
    lastSeen.keySet().stream().filter(path -> !now.containsKey(path)).forEach(hints::add);
    return new ScanScope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
  }

  private Map<RelPath, SourceEntry> seen() throws IOException {
    Map<RelPath, SourceEntry> found = new TreeMap<>();
    try (LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE)) {
      // What was made in it and removed again leaves no trace but its time.
      found.put(RelPath.ROOT, requireNonNull(tree.stat(RelPath.ROOT)));
      look(tree, RelPath.ROOT, found);
    }
    return found;
  }

  private static void look(LinuxSourceTree tree, RelPath directory, Map<RelPath, SourceEntry> to)
      throws IOException {
    for (Map.Entry<String, SourceEntry> each : tree.list(directory).entrySet()) {
      RelPath path = directory.child(each.getKey());
      to.put(path, each.getValue());
      if (each.getValue().kind() == EntryKind.DIRECTORY) {
        look(tree, path, to);
      }
    }
  }

  /**
   * One round.
   *
   * @param steps how many changes, of the target or the index, are made before it is killed: half
   *     of the last one may be done
   */
  public Cycle.Outcome sync(ScanScope scanScope, long steps) throws IOException {
    again.clear();
    AtomicLong left = new AtomicLong(steps);
    MirrorIndex mortal = mortal(left);
    DeleteGuardMonitor deleteGuardMonitor = new DeleteGuardMonitor(settings, mortal);
    Cycle cycle =
        new Cycle(
            settings,
            mortal,
            deleteGuardMonitor,
            new PathProblems(),
            names,
            clock,
            () -> false,
            () -> upcoming);
    Map<RelPath, SourceEntry> now = seen();
    try (SyncTarget connected = disk.link(names).open(() -> {});
        LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE)) {
      Cycle.Outcome outcome = cycle.run(scanScope, tree, mortal(connected, left), observer());
      lastSeen = now;
      return outcome;
    }
  }

  private Cycle.Observer observer() {
    return new Cycle.Observer() {
      @Override
      public void transferring(TransferProgress transferProgress) {}

      @Override
      public void again(RelPath path) {
        again.add(path);
      }

      @Override
      public void later(RelPath path) {}
    };
  }

  private SyncTarget mortal(SyncTarget target, AtomicLong left) {
    return (SyncTarget)
        Proxy.newProxyInstance(
            MoveRig.class.getClassLoader(),
            new Class<?>[] {SyncTarget.class},
            (proxy, method, arguments) -> {
              try {
                boolean changes = CHANGING.contains(method.getName());
                if (!changes && Hooks.isByDefault(method, target)) {
                  return InvocationHandler.invokeDefault(proxy, method, arguments);
                }
                if (!changes) {
                  return method.invoke(target, arguments);
                }
                if (method.getName().equals("move")) {
                  return moveOneByOne(target, (List<?>) requireNonNull(arguments)[0], left);
                }
                live(left);
                Object result = method.invoke(target, arguments);
                synchronized (this) {
                  afterChange.run();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw requireNonNull(e.getCause());
              }
            });
  }

  private List<Object> moveOneByOne(SyncTarget target, List<?> renamings, AtomicLong left)
      throws IOException {
    List<Object> results = new ArrayList<>();
    for (Object each : renamings) {
      live(left);
      results.addAll(target.move(List.of((SyncTarget.Renaming) each)));
      afterChange.run();
    }
    live(left);
    return results;
  }

  private static void live(AtomicLong left) throws TargetUnavailableException {
    if (left.getAndDecrement() <= 0) {
      throw new TargetUnavailableException("killed");
    }
  }

  private MirrorIndex mortal(AtomicLong left) {
    return (MirrorIndex)
        Proxy.newProxyInstance(
            MoveRig.class.getClassLoader(),
            new Class<?>[] {MirrorIndex.class},
            (_, method, arguments) -> {
              if (method.getName().equals("batch") && left.getAndDecrement() <= 0) {
                throw new IllegalStateException("killed");
              }
              try {
                return method.invoke(index, arguments);
              } catch (InvocationTargetException e) {
                throw requireNonNull(e.getCause());
              }
            });
  }

  public int count(Operation operation) {
    return disk.count(operation);
  }

  /** The target has all that the source has, and a second look finds nothing to do. */
  public void assertEqual() throws IOException {
    Map<RelPath, TargetEntry> wanted = new HashMap<>();
    for (Map.Entry<RelPath, SourceEntry> each : seen().entrySet()) {
      if (!each.getKey().isRoot()
          && settings.exclusion().mirrors(each.getKey(), each.getValue().kind())) {
        wanted.put(each.getKey(), each.getValue().asTarget());
      }
    }
    assertThat(disk.snapshot()).containsExactlyInAnyOrderEntriesOf(wanted);
    for (Map.Entry<RelPath, TargetEntry> each : wanted.entrySet()) {
      if (each.getValue().kind() == EntryKind.FILE) {
        assertThat(disk.contentOf(each.getKey()))
            .as("%s", each.getKey())
            .isEqualTo(Files.readAllBytes(source.resolve(each.getKey().latin1())));
      }
    }
    await()
        .pollDelay(STAMP)
        .pollInterval(STAMP)
        .untilAsserted(() -> assertThat(unsettled()).isEmpty());
    try (SyncTarget target = disk.link(names).open(() -> {});
        LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE)) {
      assertThat(Comparison.run(settings, tree, target, index, clock, false).plan().steps())
          .allSatisfy(step -> assertThat(step).isInstanceOf(Step.Adopt.class));
    }
  }

  private boolean isYoung(RelPath path) {
    IndexEntry indexEntry = index.get(path);
    return indexEntry != null && indexEntry.source().isRacy();
  }

  /** What is still too young to be sure of, after a look at all that was. */
  private ImmutableSet<RelPath> unsettled() throws IOException {
    ImmutableSet<RelPath> young =
        seen().keySet().stream().filter(this::isYoung).collect(ImmutableSet.toImmutableSet());
    try (LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE)) {
      ScanScope scanScope = new ScanScope(young, ImmutableSet.of(), ImmutableSet.of());
      return new RecentFiles(index, clock).settle(scanScope, tree).hints();
    }
  }

  /** Begins with {@code names} of files, each of its own content, and their directories. */
  public void begin(String... files) throws IOException {
    for (String file : files) {
      Files.createDirectories(source.resolve(file).getParent());
      Files.writeString(source.resolve(file), "content of " + file);
    }
    syncAll();
    assertEqual();
  }
}
