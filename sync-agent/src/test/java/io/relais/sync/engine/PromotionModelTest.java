package io.relais.sync.engine;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.Maps;
import com.google.common.hash.Hashing;
import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.SessionGate;
import io.relais.loopback.LoopbackLink;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.ssh.TestLinks;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.Debouncer;
import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random changes on their way to a copy that goes live at a random moment, over a link that may be
 * held back by then, with all that is in it, and let go later. From the moment at which the gate is
 * closed nothing of the copy changes: no name, no content, no mode, no time; also when the link is
 * let go, when the agent is started again, and when production comes back as it was before. Once
 * the promotion is over, both sides become equal.
 *
 * <p>A temporary file that is open at the server then may still get what was sent to it: all that
 * is said of one is that it is there. The seed is printed; {@code -Drelais.seed=N} sets it.
 */
final class PromotionModelTest implements StatusSink {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private volatile @Nullable MirrorState shown;

  @SuppressWarnings("NullAway.Init")
  private LoopbackLink server;

  @SuppressWarnings("NullAway.Init")
  private FaultyProxy proxy;

  @SuppressWarnings("NullAway.Init")
  private TestLinks client;

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Random random;

  private @Nullable Mirror mirror;
  private @Nullable Thread owner;
  private int made;

  @BeforeEach
  void prepare() throws Exception {
    long seed = Long.getLong("relais.seed", new Random().nextInt(1_000_000));
    System.out.println("PromotionModelTest: relais.seed=" + seed);
    random = new Random(seed);
    Files.createDirectories(directory.resolve("root/data"));
    server = LoopbackLink.start(directory.resolve("server"), directory.resolve("root"));
    proxy = FaultyProxy.before(server.bastionPort());
    client = TestLinks.of(throughProxy());
    source = Files.createDirectory(directory.resolve("source"));
    for (int i = 0; i < 40; i++) {
      Path file = source.resolve("d" + i % 5 + "/f" + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content " + i);
    }
  }

  private Path throughProxy() throws IOException {
    Path hosts = directory.resolve("known_hosts");
    String port = "[127.0.0.1]:" + server.bastionPort();
    String known = Files.readString(server.knownHosts());
    Files.writeString(hosts, known + known.replace(port, "[127.0.0.1]:" + proxy.port()));
    String text = Files.readString(server.sshConfig());
    return Files.writeString(
        directory.resolve("ssh_config"),
        text.replace("Port " + server.bastionPort() + "\n", "Port " + proxy.port() + "\n")
            .replace(server.knownHosts().toString(), hosts.toString()));
  }

  @AfterEach
  void end() throws Exception {
    proxy.letGo();
    stop();
    client.close();
    proxy.close();
    server.close();
  }

  private void start(String state) throws Exception {
    shown = null;
    Path place = Files.createDirectories(directory.resolve(state));
    SqliteIndex.unpackNativeLibraryIn(place);
    TemporaryNameGenerator names = new TemporaryNameGenerator("test");
    Mirror started =
        new Mirror(
            new PlainSettings(source, place).heartbeat(Duration.ofMillis(200)).get(),
            Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            client.to("backup", "/data/site", names),
            SqliteIndex.open(place, InstantSource.system(), problem -> {}),
            names,
            this,
            InstantSource.system());
    started.watched();
    mirror = started;
    owner = Thread.ofPlatform().daemon().start(started);
  }

  private void stop() throws InterruptedException {
    if (mirror != null && owner != null) {
      mirror.stop();
      assertThat(owner.join(LIMIT)).isTrue();
      mirror = null;
    }
  }

  @Override
  public void transferring(String name, TransferProgress transferProgress) {}

  @Override
  public void show(String name, MirrorState now, Report report) {
    shown = now;
  }

  private void awaitState(MirrorState.Condition condition) {
    await(condition.id())
        .atMost(LIMIT)
        .until(
            () -> {
              MirrorState now = shown;
              return now != null && now.kind() == condition;
            });
  }

  private Path data() {
    return directory.resolve("root/data");
  }

  private void hint(Path changed) {
    requireNonNull(mirror)
        .listener()
        .changed(RelPath.ofLatin1(source.relativize(changed).toString()), Sign.CLOSED);
  }

  /** One change of the source; files are small and large. */
  private void change() throws IOException {
    List<Path> all = below(source);
    Path one = all.get(random.nextInt(all.size()));
    Path parent = source.resolve("d" + random.nextInt(8));
    switch (random.nextInt(9)) {
      case 0, 1 -> {
        Files.createDirectories(parent);
        Path file = parent.resolve("new" + made++);
        Files.write(file, new byte[random.nextInt(random.nextInt(8) == 0 ? 2_000_000 : 9_000)]);
        hint(file);
      }
      case 2, 3 -> {
        if (Files.isRegularFile(one, NOFOLLOW_LINKS)) {
          Files.writeString(one, "edit " + made++);
          hint(one);
        }
      }
      case 4 -> {
        if (!Files.isDirectory(one, NOFOLLOW_LINKS)) {
          Files.delete(one);
          hint(one);
        }
      }
      case 5 -> {
        Path link = source.resolve("link" + random.nextInt(4));
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of("to" + made++));
        hint(link);
      }
      case 6 -> {
        Files.setPosixFilePermissions(
            parent.toFile().isDirectory() ? parent : source.resolve("d0"),
            PosixFilePermissions.fromString(random.nextBoolean() ? "rwxr-x---" : "rwxr-xr-x"));
        hint(parent);
      }
      case 7 -> {
        Path to = source.resolve("moved" + made++);
        if (Files.isRegularFile(one, NOFOLLOW_LINKS)) {
          Files.move(one, to);
          requireNonNull(mirror)
              .listener()
              .moved(
                  RelPath.ofLatin1(source.relativize(one).toString()),
                  RelPath.ofLatin1(source.relativize(to).toString()),
                  false);
        }
      }
      default -> {
        Path whole = source.resolve("tree" + made++);
        Files.writeString(Files.createDirectories(whole.resolve("a/b")).resolve("c"), "c");
        hint(whole);
      }
    }
  }

  private static List<Path> below(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      return all.filter(path -> !path.equals(tree)).toList();
    }
  }

  /** By path, all that is to stay as it is. */
  private Map<String, String> copy() throws IOException {
    Map<String, String> found = new TreeMap<>();
    Path site = data().resolve("site");
    found.put("", attributes(site));
    for (Path each : below(site)) {
      String name = site.relativize(each).toString();
      if (TemporaryNames.isTemporary(each.getFileName().toString())
          && Files.isRegularFile(each, NOFOLLOW_LINKS)) {
        found.put(name, "temporary");
      } else if (Files.isSymbolicLink(each)) {
        found.put(name, attributes(each) + " " + Files.readSymbolicLink(each));
      } else if (Files.isDirectory(each)) {
        found.put(name, attributes(each));
      } else {
        found.put(
            name,
            attributes(each) + " " + Hashing.murmur3_128().hashBytes(Files.readAllBytes(each)));
      }
    }
    return found;
  }

  private static String attributes(Path path) throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(path, "unix:mode,uid,gid,size,lastModifiedTime", NOFOLLOW_LINKS);
    Object size = Files.isDirectory(path, NOFOLLOW_LINKS) ? "" : stat.get("size");
    return "%s %s %s".formatted(stat.get("mode"), size, stat.get("lastModifiedTime"));
  }

  /** Changes the source all the time, until it is closed. */
  private final class Churn implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Throwable> failures = new ArrayList<>();
    private final Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (!over.get()) {
                      for (int i = random.nextInt(30); i >= 0; i--) {
                        change();
                      }
                      LockSupport.parkNanos(random.nextInt(4_000_000));
                    }
                  } catch (IOException | RuntimeException e) {
                    failures.add(e);
                  }
                });

    @Override
    public void close() {
      over.set(true);
      Uninterruptibles.joinUninterruptibly(thread);
      assertThat(failures).isEmpty();
    }
  }

  @RepeatedTest(6)
  void nothingOfALiveCopyChanges() throws Exception {
    start("state");
    awaitState(MirrorState.Condition.IN_SYNC);
    boolean held = random.nextInt(3) > 0;
    int before = random.nextInt(150);
    int between = random.nextInt(150);
    int after = random.nextInt(300);
    Map<String, String> live = new TreeMap<>();
    try (Churn _ = new Churn()) {
      pause(before);
      if (held) {
        proxy.hold();
        pause(between);
      }
      Promotion promotion =
          new Promotion("20261123T040000Z-1f3a", 1, Instant.now(), "198.51.100.7", "a test");
      server.between(
          () -> {
            promote(promotion);
            live.putAll(copy());
          });
      pause(after);
      proxy.letGo();
      awaitState(MirrorState.Condition.PROMOTED);
    }
    assertUnchanged("after the link was let go", live);

    stop();
    start("state");
    try (Churn _ = new Churn()) {
      awaitState(MirrorState.Condition.PROMOTED);
      pause(100);
    }
    assertUnchanged("after a restart", live);

    stop();
    for (int i = 0; i < 20; i++) {
      Files.writeString(source.resolve("d0/f" + i), "as of yesterday");
    }
    start("new-state");
    awaitState(MirrorState.Condition.PROMOTED);
    assertUnchanged("after production came back with nothing but its files", live);

    Files.delete(data().resolve(PromotionFile.fileName("site")));
    awaitState(MirrorState.Condition.IN_SYNC);
    assertThat(names(data().resolve("site"))).isEqualTo(names(source));
  }

  private void assertUnchanged(String when, Map<String, String> live) throws IOException {
    Map<String, String> now = copy();
    Set<String> paths = new TreeSet<>(live.keySet());
    paths.addAll(now.keySet());
    assertThat(paths.stream().filter(path -> !Objects.equals(live.get(path), now.get(path))))
        .as("%s: %s", when, Maps.difference(live, now))
        .isEmpty();
  }

  private static List<String> names(Path tree) throws IOException {
    return below(tree).stream()
        .filter(path -> !TemporaryNames.isTemporary(path.getFileName().toString()))
        .map(path -> tree.relativize(path).toString())
        .sorted()
        .toList();
  }

  /** The moment is what is random: nothing is waited for. */
  private static void pause(int millis) {
    LockSupport.parkNanos(millis * 1_000_000L);
  }

  /** As the watcher does it. */
  private void promote(Promotion promotion) throws IOException {
    Files.write(data().resolve(PromotionFile.fileName("site")), PromotionFile.toBytes(promotion));
    Path gate = data().resolve(SessionGate.directoryName("site"));
    Files.move(gate, data().resolve(SessionGate.closedName("site", promotion)));
  }
}
