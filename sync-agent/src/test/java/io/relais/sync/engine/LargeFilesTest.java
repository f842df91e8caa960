package io.relais.sync.engine;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourcePath;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.LargeUploads;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.Debouncer;
import io.relais.sync.watch.InotifyInstance;
import io.relais.sync.watch.WatchSupervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large files are on their way for as long as a test likes, and nothing else waits for them. */
final class LargeFilesTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long LARGE = LargeUploads.LARGE;

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");
  private final AtomicInteger sent = new AtomicInteger();
  private volatile boolean held = true;
  private volatile @Nullable MirrorState shown;

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private WatchSupervisor watch;

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  @BeforeEach
  void begin() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Files.createDirectories(source.resolve("d/sub"));
    Files.writeString(source.resolve("d/sub/small"), "1");
    Files.writeString(source.resolve("keep"), "so that the source is never empty");
    Path state = Files.createDirectory(directory.resolve("state"));
    SqliteIndex.unpackNativeLibraryIn(state);
    mirror =
        new Mirror(
            PlainSettings.of(source, state),
            Debouncer.perPath(Duration.ofMillis(20), Duration.ofSeconds(1), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            onLost -> new Slow(disk.link(names).open(onLost)),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            new Board(),
            InstantSource.system());
    watch =
        new WatchSupervisor(
            List.of(InotifyInstance.METHOD),
            SourcePath.of(source),
            path -> false,
            Duration.ofSeconds(10));
    watch.start(mirror.listener());
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
    awaitInSync();
  }

  @AfterEach
  void end() throws InterruptedException {
    watch.close();
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  private void awaitInSync() {
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  private void awaitThere(String path) {
    await().atMost(LIMIT).until(() -> isThere(path));
  }

  private boolean isThere(String path) {
    return disk.snapshot().containsKey(RelPath.ofLatin1(path));
  }

  /** A large file that is complete as soon as it is there: it is read once. */
  private void large(String path, long seed) throws IOException {
    Path aside = directory.resolve("aside");
    writeInSteps(aside, seed);
    Files.move(aside, source.resolve(path), ATOMIC_MOVE);
  }

  /** As a program does that may be slow: what is read in between is a hole, or a part. */
  private static void writeInSteps(Path path, long seed) throws IOException {
    // Not a hole in the end: of that nothing would be sent.
    byte[] content = new byte[(int) (LARGE + seed % 1_000)];
    Arrays.fill(content, (byte) (1 + seed % 100));
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(content.length);
      file.write(content);
    }
  }

  /** Has a large file under way. */
  private void begin(String path) throws IOException {
    large(path, 1);
    await().atMost(LIMIT).until(() -> sent.get() > 0 && hasTemporary());
  }

  private boolean hasTemporary() {
    return disk.snapshot().keySet().stream()
        .anyMatch(path -> !path.isRoot() && TemporaryNames.isTemporary(path.name()));
  }

  private void assertEqual() throws IOException {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              assertThat(there()).isEqualTo(here());
              assertThat(shown).isInstanceOf(MirrorState.InSync.class);
            });
  }

  private Map<String, String> there() {
    Map<String, String> all = new TreeMap<>();
    disk.snapshot()
        .forEach(
            (path, entry) -> {
              if (!path.isRoot() && !TemporaryNames.isTemporary(path.name())) {
                all.put(path.toString(), entry.kind() + " " + entry.mtimeSeconds());
              }
            });
    return all;
  }

  private Map<String, String> here() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
        Stream<Path> walk = Files.walk(source)) {
      for (Path path : walk.skip(1).toList()) {
        String name = source.relativize(path).toString();
        var entry = tree.stat(RelPath.ofLatin1(name));
        if (entry != null) {
          all.put(name, entry.kind() + " " + entry.asTarget().mtimeSeconds());
        }
      }
    }
    return all;
  }

  private void assertNothingTemporary() {
    await().atMost(LIMIT).until(() -> !hasTemporary());
  }

  @Test
  void smallChangesRenamesAndDeletesDoNotWaitForIt() throws IOException {
    begin("large");
    Files.writeString(source.resolve("new"), "2");
    awaitThere("new");
    Files.move(source.resolve("d"), source.resolve("e"));
    awaitThere("e/sub/small");
    Files.delete(source.resolve("new"));
    await().atMost(LIMIT).until(() -> !isThere("new"));
    assertThat(isThere("large")).isFalse();
    assertThat(shown).isInstanceOf(MirrorState.CatchingUp.class);

    held = false;
    assertEqual();
    assertNothingTemporary();
    assertThat(disk.contentOf(RelPath.ofLatin1("large")))
        .isEqualTo(Files.readAllBytes(source.resolve("large")));
  }

  /** Of the new place only the plan knows that makes room for it. */
  @ParameterizedTest
  @ValueSource(strings = {"symlink to directory", "directory to file", "file to directory"})
  void smallChangesDoNotWaitForALargeFileInAPlaceOfAnotherKind(String change) throws IOException {
    Path place = source.resolve("place");
    switch (change) {
      case "symlink to directory" -> Files.createSymbolicLink(place, Path.of("d"));
      case "directory to file" -> Files.createDirectory(place);
      default -> Files.writeString(place, "small");
    }
    awaitThere("place");
    awaitInSync();

    held = true;
    Files.delete(place);
    if (change.endsWith("directory")) {
      Files.createDirectories(place.resolve("sub"));
      large("place/sub/large", 7);
    } else {
      large("place", 7);
    }
    Files.writeString(source.resolve("new"), "new");
    awaitThere("new");
    assertThat(shown).isNotInstanceOf(MirrorState.InSync.class);

    held = false;
    assertEqual();
    assertNothingTemporary();
  }

  @Test
  void isSentToWhereItsDirectoryWasRenamedTo() throws IOException {
    begin("d/sub/large");
    Files.move(source.resolve("d"), source.resolve("e"));
    awaitThere("e/sub/small");
    assertThat(isThere("d")).isFalse();

    held = false;
    assertEqual();
    assertNothingTemporary();
  }

  @Test
  void leavesNothingOfAFileWhoseDirectoryIsDeleted() throws IOException {
    begin("d/sub/large");
    Files.delete(source.resolve("d/sub/large"));
    Files.delete(source.resolve("d/sub/small"));
    Files.delete(source.resolve("d/sub"));
    Files.delete(source.resolve("d"));
    await().atMost(LIMIT).until(() -> !isThere("d"));
    assertEqual();
    assertNothingTemporary();
  }

  @Test
  void nothingIsPutInPlaceThatTheSourceNoLongerHas() throws IOException {
    begin("large");
    Files.delete(source.resolve("large"));
    Files.createSymbolicLink(source.resolve("large"), Path.of("d"));
    awaitThere("large");
    held = false;
    assertEqual();
    assertNothingTemporary();
  }

  @Test
  void aListingOfEverythingLeavesItWhatItHasSent() throws IOException {
    begin("large");
    mirror.listener().rescan(RelPath.ROOT, "a test");
    Files.writeString(source.resolve("after"), "2");
    awaitThere("after");
    held = false;
    assertEqual();
    assertThat(sent).as("times that it was sent").hasValue(1);
  }

  @Test
  void isSentAgainOnceALostConnectionIsBack() throws IOException {
    begin("large");
    disk.loseConnections();
    held = false;
    await().atMost(LIMIT).until(() -> isThere("large"));
    assertEqual();
    assertNothingTemporary();
  }

  @Test
  void whateverHappensMeanwhileBothSidesAreEqualInTheEnd() throws IOException {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    System.out.println("large files: seed " + seed);
    Random random = new Random(seed);
    int changes = Integer.getInteger("relais.largeChanges", 60);
    for (int i = 0; i < changes; i++) {
      held = random.nextInt(3) > 0;
      change(random, i);
      if (random.nextInt(4) == 0) {
        LockSupport.parkNanos(random.nextInt(40_000_000));
      }
      if (random.nextInt(20) == 0) {
        disk.loseConnections();
      }
    }
    held = false;
    assertEqual();
    for (String path : here().keySet()) {
      Path file = source.resolve(path);
      if (Files.isRegularFile(file)) {
        assertThat(disk.contentOf(RelPath.ofLatin1(path)))
            .as(path)
            .isEqualTo(Files.readAllBytes(file));
      }
    }
    shown = null;
    disk.loseConnections();
    assertEqual();
    assertNothingTemporary();
  }

  private void change(Random random, int number) throws IOException {
    String one = name(random);
    String other = name(random);
    Path at = source.resolve(one);
    switch (random.nextInt(7)) {
      case 0 -> {
        String name = fileName(random);
        if (random.nextBoolean()) {
          large(name, number);
        } else {
          writeInSteps(source.resolve(name), number);
        }
      }
      case 1 -> Files.writeString(source.resolve(fileName(random)), "small " + number);
      case 2 -> remove(at);
      case 3 -> {
        Path to = source.resolve(other);
        if (Files.exists(at, NOFOLLOW_LINKS) && !other.startsWith(one)) {
          makeWay(to);
          if (Files.exists(at, NOFOLLOW_LINKS)) {
            Files.move(at, to);
          }
        }
      }
      case 4 -> {
        makeWay(at);
        Files.createDirectory(at);
      }
      case 5 -> {
        makeWay(at);
        Files.createSymbolicLink(at, Path.of("nowhere"));
      }
      default -> {
        if (Files.isDirectory(at, NOFOLLOW_LINKS)) {
          Files.setPosixFilePermissions(
              at,
              PosixFilePermissions.fromString(random.nextBoolean() ? "r-xr-xr-x" : "rwxr-xr-x"));
        }
      }
    }
  }

  private static String name(Random random) {
    List<String> parts = new ArrayList<>();
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      parts.add(String.valueOf((char) ('a' + random.nextInt(3))));
    }
    return String.join("/", parts);
  }

  private String fileName(Random random) throws IOException {
    Path at = source.resolve(name(random) + "/f" + random.nextInt(2));
    if (!Files.isRegularFile(at, NOFOLLOW_LINKS)) {
      makeWay(at);
    }
    return source.relativize(at).toString();
  }

  /** Sees to it that nothing is there, and that all above it are directories. */
  private void makeWay(Path path) throws IOException {
    remove(path);
    Path above = source;
    for (Path name : source.relativize(path)) {
      if (!above.equals(source) && !Files.isDirectory(above, NOFOLLOW_LINKS)) {
        remove(above);
        Files.createDirectory(above);
      }
      above = above.resolve(name);
    }
  }

  private static void remove(Path path) throws IOException {
    if (!Files.exists(path, NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(path)) {
      for (Path each : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      shown = state;
    }
  }

  /** Sends nothing of a large file while it is held. */
  private final class Slow extends ForwardingTarget {
    Slow(SyncTarget target) {
      super(target);
    }

    @Override
    public Staging stage(
        RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
        throws IOException {
      sent.addAndGet(expectedSize < LARGE ? 0 : 1);
      Content slow = expectedSize < LARGE ? content : slow(content);
      return super.stage(path, slow, mtimeSeconds, mode, expectedSize);
    }

    private Content slow(Content content) {
      return new Content() {
        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
          while (held && isOpen()) {
            // Who wants it to end says so when it is asked for more.
            int none = content.read(buffer, offset, 0);
            assertThat(none).isZero();
            LockSupport.parkNanos(1_000_000);
          }
          return content.read(buffer, offset, length);
        }

        @Override
        public void finish() throws IOException {
          content.finish();
        }
      };
    }
  }
}
