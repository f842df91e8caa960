package io.relais.sync.engine;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.MirrorState.Halt;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.LargeUploads;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random changes and random faults. Each time that a mirror says that it is in sync, and takes into
 * account all that it was told by then, both sides are compared on the spot, while nothing changes:
 * they must be equal. And once all is well again, it gets there.
 *
 * <p>Changes are hinted at before the world goes on, as a perfect watcher would, except where one
 * says that it is not: so what is not seen is known. The seed is printed; {@code -Drelais.seed=N}
 * sets it, and {@code -Drelais.claims.seconds=N} how long each run is.
 */
final class StateClaimsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int EPISODES = 6;
  private static final long SECONDS = Long.getLong("relais.claims.seconds", 6);

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");

  /** Held by whoever changes the source, from the change until it was hinted at. */
  private final ReentrantLock world = new ReentrantLock();

  private final Set<RelPath> unreadable = ConcurrentHashMap.newKeySet();
  private final List<String> lies = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private volatile Shown shown = new Shown(null, 0);
  private final AtomicLong checked = new AtomicLong();
  private long posted;
  private boolean blind;

  private record Shown(@Nullable MirrorState state, long seen) {}

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Path state;

  @SuppressWarnings("NullAway.Init")
  private Random random;

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  private void start(boolean consistent) throws IOException {
    long seed = Long.getLong("relais.seed", new Random().nextInt(1_000_000));
    System.out.println(
        "StateClaimsTest: relais.seed=" + seed + (consistent ? " (consistent)" : ""));
    random = new Random(seed);
    source = Files.createDirectory(directory.resolve("source"));
    state = Files.createDirectory(directory.resolve("state"));
    Files.writeString(source.resolve("keep"), "so that the source is never empty");
    for (int i = 0; i < 150; i++) {
      Path file = source.resolve("d" + i % 5 + "/s" + i % 3 + "/f" + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content " + i);
    }
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings =
        new PlainSettings(source, state)
            .consistent(consistent)
            .fullScan(Duration.ofSeconds(2))
            .get();
    mirror =
        new Mirror(
            settings,
            consistent
                ? Debouncer.wholeMirror(Duration.ofMillis(30), 1000)
                : Debouncer.perPath(Duration.ofMillis(10), Duration.ofMillis(100), 1000),
            () -> new RefusingTree(LinuxSourceTree.open(source, LinkPolicy.PRESERVE), unreadable),
            slow(disk.link(names)),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            new Board(),
            InstantSource.system());
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatItSaysIsTrueWhateverHappens(boolean consistent) throws IOException {
    start(consistent);
    awaitInSync();
    long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
    for (int i = 0; i < EPISODES || System.nanoTime() < end; i++) {
      episode(i % EPISODES, consistent);
      allIsWell();
      awaitInSync();
    }
    System.out.println("StateClaimsTest: " + checked + " claims were checked");
    assertThat(lies).as("%s", said).isEmpty();
    assertThat(checked.get()).isPositive();
  }

  /** One fault in each but the last, and time to say something untrue while there is. */
  private void episode(int kind, boolean consistent) throws IOException {
    switch (kind) {
      case 0 -> {
        RelPath path = path();
        unreadable.add(path);
        changing(() -> write(path));
        awaitCurrent();
      }
      case 1 -> {
        disk.resize(1_000);
        changing(() -> write(path()));
        awaitCurrent();
      }
      case 2 -> {
        changing(this::loseWatch);
        // What it said before must be taken back, too.
        await().atMost(LIMIT).until(() -> !(shown.state() instanceof MirrorState.InSync));
        changing(() -> write(path()));
        awaitCurrent();
      }
      case 3 -> {
        changing(this::removeMany);
        awaitCurrent();
      }
      case 4 -> {
        for (int i = 10; i > 0; i--) {
          calmStep();
        }
      }
      default -> {
        for (int i = 10 + random.nextInt(20); i > 0; i--) {
          step(consistent);
        }
      }
    }
  }

  /** Changes alone, so that it often is in sync. */
  private void calmStep() throws IOException {
    for (int i = random.nextInt(3); i >= 0; i--) {
      changing(this::change);
    }
    switch (random.nextInt(3)) {
      case 0 -> awaitCurrent();
      case 1 -> LockSupport.parkNanos(random.nextInt(50_000_000));
      default -> {}
    }
  }

  private void step(boolean consistent) throws IOException {
    switch (random.nextInt(24)) {
      case 0 -> disk.loseConnections();
      case 1 -> {
        disk.unreachable(true);
        disk.loseConnections();
      }
      case 2 -> disk.unreachable(false);
      case 3 -> disk.resize(disk.capacity() == Long.MAX_VALUE ? 1_000 : Long.MAX_VALUE);
      case 4, 5 -> disk.failNext(oneOf(InMemoryDisk.Operation.values()), path(), oneOf(REASONS));
      case 6 -> changing(() -> hideOrShow(path()));
      case 7 -> changing(this::loseWatch);
      case 8 -> changing(this::findWatch);
      case 9 -> changing(this::overflow);
      case 10 -> changing(this::removeMany);
      case 11 -> resume();
      case 12 -> changing(this::takeRootAway);
      case 13 -> keepAwake(consistent);
      case 14, 15 -> awaitTaken();
      case 16 -> awaitCurrent();
      default -> changing(this::change);
    }
    if (random.nextInt(3) == 0) {
      LockSupport.parkNanos(random.nextInt(20_000_000));
    }
  }

  private static final Reason[] REASONS = {
    Reason.PERMISSION_DENIED, Reason.NO_SPACE, Reason.FAILURE, Reason.NOT_FOUND
  };

  private <T> T oneOf(T[] all) {
    return all[random.nextInt(all.length)];
  }

  private interface Change {
    void make() throws IOException;
  }

  private void changing(Change change) throws IOException {
    world.lock();
    try {
      change.make();
    } finally {
      world.unlock();
    }
  }

  /** What follows takes into account all that was posted by now, or doesn't say in sync. */
  private void awaitTaken() {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> shown.seen() >= posted || !(shown.state() instanceof MirrorState.InSync));
  }

  /** For a while only: there may be reasons why it never is. */
  private void awaitCurrent() {
    long until = System.nanoTime() + Duration.ofMillis(300).toNanos();
    while (System.nanoTime() < until && !isInSync()) {
      LockSupport.parkNanos(2_000_000);
    }
  }

  private boolean isInSync() {
    Shown now = shown;
    return now.state() instanceof MirrorState.InSync && now.seen() == posted;
  }

  private void awaitInSync() {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () -> {
              resume();
              assertThat(lies).as("%s", said).isEmpty();
              assertThat(isInSync()).as("%s %s", shown, said).isTrue();
            });
  }

  private void allIsWell() throws IOException {
    disk.unreachable(false);
    disk.resize(Long.MAX_VALUE);
    changing(
        () -> {
          bringRootBack();
          for (RelPath path : Set.copyOf(unreadable)) {
            unreadable.remove(path);
            hint(path, Sign.ATTRIBUTES);
          }
          if (blind) {
            findWatch();
          }
        });
  }

  private RelPath path() {
    return RelPath.ofLatin1(
        "d" + random.nextInt(5) + "/s" + random.nextInt(3) + "/f" + random.nextInt(150));
  }

  private void hideOrShow(RelPath path) {
    RelPath at = random.nextBoolean() ? path : path.parent();
    if (!unreadable.remove(at)) {
      unreadable.add(at);
    }
    hint(at, Sign.ATTRIBUTES);
  }

  private Path aside() {
    return directory.resolve("aside");
  }

  private void takeRootAway() throws IOException {
    if (Files.exists(source)) {
      Files.move(source, aside());
    } else {
      Files.move(aside(), source);
    }
    rescan();
  }

  private void bringRootBack() throws IOException {
    if (!Files.exists(source)) {
      takeRootAway();
    }
  }

  private void loseWatch() {
    blind = true;
    if (random.nextBoolean()) {
      mirror.listener().degraded("not watched");
    } else {
      mirror.listener().doubtful("events were lost");
    }
  }

  private void findWatch() {
    blind = false;
    // In this order, as WatchSupervisor does it.
    rescan();
    mirror.listener().degradedNow(Set.of());
    mirror.listener().doubtful(null);
  }

  private void overflow() throws IOException {
    boolean before = blind;
    blind = true;
    for (int i = 0; i < 5; i++) {
      change();
    }
    blind = before;
    rescan();
  }

  private void removeMany() throws IOException {
    for (int i = 0; i < 5; i++) {
      Path at = source.resolve("d" + i);
      if (Files.exists(at) && random.nextInt(4) > 0) {
        MoreFiles.deleteRecursively(at, RecursiveDeleteOption.ALLOW_INSECURE);
        hint(RelPath.ofLatin1("d" + i), Sign.UNKNOWN);
      }
    }
  }

  private void resume() throws IOException {
    if (shown.state() instanceof MirrorState.Halted(Halt halt) && halt.canBeLetPass()) {
      new ResumeToken(state).give(halt.id());
    }
  }

  private void keepAwake(boolean consistent) throws IOException {
    for (int i = consistent ? 10 : 2; i > 0; i--) {
      changing(
          () -> {
            if (Files.exists(source)) {
              Files.writeString(source.resolve("keep"), "line " + random.nextInt());
              hint(RelPath.ofLatin1("keep"), Sign.WRITTEN);
            }
          });
      LockSupport.parkNanos(10_000_000);
    }
  }

  private void hint(RelPath path, Sign sign) {
    if (!blind) {
      posted++;
      mirror.listener().changed(path, sign);
    }
  }

  private void rescan() {
    posted++;
    mirror.listener().rescan(RelPath.ROOT, "test");
  }

  /** One change at the source, with what inotify would say of it. */
  private void change() throws IOException {
    if (!Files.exists(source)) {
      return;
    }
    RelPath path = path();
    Path at = source.resolve(path.latin1());
    int kind = random.nextInt(12);
    if (kind >= 2) {
      make(path.parent());
    }
    switch (kind) {
      case 0 -> {
        remove(path.parent());
        hint(path.parent(), Sign.UNKNOWN);
      }
      case 1 -> {
        remove(path);
        hint(path, Sign.UNKNOWN);
      }
      case 2 -> {
        remove(path);
        Files.createSymbolicLink(at, Path.of("nowhere" + random.nextInt(5)));
        hint(path, Sign.UNKNOWN);
      }
      case 3 -> {
        if (Files.exists(at, NOFOLLOW_LINKS) && !Files.isSymbolicLink(at)) {
          Files.setPosixFilePermissions(
              at,
              PosixFilePermissions.fromString(random.nextBoolean() ? "rw-r-----" : "rw-------"));
          hint(path, Sign.ATTRIBUTES);
        }
      }
      case 4, 5 -> move(path);
      case 6, 7 -> {
        remove(path);
        byte[] content = new byte[(int) LargeUploads.LARGE + random.nextInt(1_000)];
        random.nextBytes(content);
        Files.write(at, content);
        hint(path, Sign.CLOSED);
      }
      default -> write(path);
    }
  }

  private void write(RelPath path) throws IOException {
    make(path.parent());
    remove(path);
    Files.writeString(source.resolve(path.latin1()), "x".repeat(2_000) + random.nextInt());
    hint(path, Sign.CLOSED);
  }

  private void move(RelPath from) throws IOException {
    RelPath to = path();
    if (to.equals(from) || !Files.exists(source.resolve(from.latin1()), NOFOLLOW_LINKS)) {
      return;
    }
    make(to.parent());
    remove(to);
    Files.move(source.resolve(from.latin1()), source.resolve(to.latin1()));
    if (!blind) {
      posted++;
      mirror.listener().moved(from, to, false);
    }
  }

  private void make(RelPath directory) throws IOException {
    Path at = source.resolve(directory.latin1());
    if (!Files.isDirectory(at, NOFOLLOW_LINKS)) {
      Files.createDirectories(at);
      hint(directory.parent(), Sign.MADE);
      hint(directory, Sign.MADE);
    }
  }

  private void remove(RelPath path) throws IOException {
    Path at = source.resolve(path.latin1());
    if (Files.isDirectory(at, NOFOLLOW_LINKS)) {
      MoreFiles.deleteRecursively(at, RecursiveDeleteOption.ALLOW_INSECURE);
    } else {
      Files.deleteIfExists(at);
    }
  }

  private List<String> differences() {
    Map<String, String> here = here();
    Map<String, String> there = new TreeMap<>();
    Map<RelPath, byte[]> contents = disk.contents();
    disk.snapshot()
        .forEach(
            (path, entry) -> {
              if (!path.isRoot() && !TemporaryNames.isTemporary(path.name())) {
                byte[] content = contents.get(path);
                there.put(
                    path.toString(),
                    "%s %o %d %s %s"
                        .formatted(
                            entry.kind(),
                            entry.mode(),
                            entry.mtimeSeconds(),
                            entry.linkTarget(),
                            content == null ? "" : Hashing.murmur3_128().hashBytes(content)));
              }
            });
    List<String> found = new ArrayList<>();
    Set<String> all = new TreeSet<>(here.keySet());
    all.addAll(there.keySet());
    for (String path : all) {
      String left = here.getOrDefault(path, "nothing");
      String right = there.getOrDefault(path, "nothing");
      if (!left.equals(right)) {
        found.add(path + ": " + left + " <> " + right);
      }
    }
    return found;
  }

  private Map<String, String> here() {
    Map<String, String> all = new TreeMap<>();
    try (LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
        Stream<Path> walk = Files.walk(source)) {
      for (Path path : walk.skip(1).toList()) {
        String name = source.relativize(path).toString();
        SourceEntry entry = tree.stat(RelPath.ofLatin1(name));
        if (entry == null) {
          throw new IllegalStateException("somebody changes the source: " + name);
        }
        var wanted = entry.asTarget();
        all.put(
            name,
            "%s %o %d %s %s"
                .formatted(
                    wanted.kind(),
                    wanted.mode(),
                    wanted.mtimeSeconds(),
                    wanted.linkTarget(),
                    Files.isRegularFile(path, NOFOLLOW_LINKS)
                        ? Hashing.murmur3_128().hashBytes(Files.readAllBytes(path))
                        : ""));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    /** On the owner's thread: while this looks, the mirror does nothing either. */
    @Override
    public void show(String name, MirrorState state, Report report) {
      if (state instanceof MirrorState.InSync) {
        world.lock();
        try {
          check(report);
        } finally {
          world.unlock();
        }
      }
      note(report.describe(state));
      shown = new Shown(state, report.seen());
    }

    private void check(Report report) {
      if (report.seen() < posted) {
        return; // It does not claim to take into account what came since.
      }
      var _ = checked.incrementAndGet();
      if (blind || !Files.exists(source)) {
        lies.add("in sync while it can't know: " + (blind ? "not watched" : "no source"));
        return;
      }
      List<String> differences = differences();
      if (!differences.isEmpty()) {
        lies.add("in sync, but " + differences);
      }
    }

    private void note(String line) {
      said.add(line);
      if (said.size() > 30) {
        said.removeFirst();
      }
    }
  }

  /** A link on which a large file takes a while. */
  private static TargetConnector slow(TargetConnector link) {
    return onLost ->
        new ForwardingTarget(link.open(onLost)) {
          @Override
          public Staging stage(
              RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
              throws IOException {
            return super.stage(
                path,
                expectedSize < LargeUploads.LARGE ? content : slow(content),
                mtimeSeconds,
                mode,
                expectedSize);
          }
        };
  }

  private static SyncTarget.Content slow(SyncTarget.Content content) {
    return new SyncTarget.Content() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        LockSupport.parkNanos(1_000_000);
        return content.read(buffer, offset, length);
      }

      @Override
      public void finish() throws IOException {
        content.finish();
      }
    };
  }
}
