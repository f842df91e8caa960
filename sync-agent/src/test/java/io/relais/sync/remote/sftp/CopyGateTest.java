package io.relais.sync.remote.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.SessionGate;
import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Operation;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Session;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.TestContent;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way to a copy that a promotion, or a later session, takes away. */
final class CopyGateTest {
  private static final Promotion PROMOTION =
      new Promotion(
          "20261123T040000Z-1f3a",
          3,
          Instant.parse("2026-11-23T04:00:00Z"),
          "198.51.100.7",
          "production does not answer");

  private static final RelPath FILE = RelPath.ofLatin1("file");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private final AtomicInteger losses = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private LoopbackLink server;

  @SuppressWarnings("NullAway.Init")
  private TestLinks client;

  @BeforeEach
  void start() throws Exception {
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.createDirectories(root.resolve("data/site"));
    server = LoopbackLink.start(directory.resolve("server"), root);
    client = TestLinks.of(server.sshConfig());
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  private SyncTarget open() throws Exception {
    return open(client, "/data/site");
  }

  private SyncTarget open(TestLinks links, String path) throws Exception {
    return links
        .to("backup", path, new TemporaryNameGenerator("test"))
        .open(losses::incrementAndGet);
  }

  private Path data() {
    return directory.resolve("root/data");
  }

  private Path site() {
    return data().resolve("site");
  }

  private Path gate() {
    return data().resolve(SessionGate.directoryName("site"));
  }

  private static List<String> names(Path in) throws IOException {
    try (var listed = Files.list(in)) {
      return listed.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** As the watcher does it. */
  private void promote() throws IOException {
    Files.write(data().resolve(PromotionFile.fileName("site")), PromotionFile.toBytes(PROMOTION));
    Files.move(gate(), data().resolve(SessionGate.closedName("site", PROMOTION)));
  }

  private static void put(SyncTarget target, String path, String content) throws IOException {
    byte[] bytes = content.getBytes(UTF_8);
    SyncTarget.Staged staged =
        target
            .stage(RelPath.ofLatin1(path), TestContent.of(bytes), 1_700_000_000, 0644, bytes.length)
            .await();
    assertThat(target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN))
        .allMatch(Optional::isEmpty);
  }

  private static void assertTakenOver(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(TargetUnavailableException.class)
        .hasMessageContaining("another session of sync-agent, or a promotion, has taken over")
        .hasMessageContaining("backup:/data/site");
  }

  @Test
  void aSessionReachesTheCopyThroughASymlinkOfItsOwn() throws Exception {
    try (SyncTarget target = open()) {
      assertThat(target.enter(Session.MIRROR)).isNull();
      assertThat(target.whyUngated()).isNull();
      assertThat(names(gate())).hasSize(1);
      put(target, "file", "content");
    }

    assertThat(site().resolve("file")).hasContent("content");
    assertThat(names(site())).containsExactly("file");
    assertThat(gate()).isEmptyDirectory();
  }

  @Test
  void theRootIsMadeThroughNoGate() throws Exception {
    try (SyncTarget target = open(client, "/data/new")) {
      assertThat(target.enter(Session.MIRROR)).isNull();
      assertThat(target.stat(RelPath.ROOT)).isNull();
      target.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      put(target, "file", "content");
    }

    assertThat(data().resolve("new/file")).hasContent("content");
  }

  @Test
  void whatIsNotThereIsBelievedForAsLongAsTheGateIs() throws Exception {
    try (SyncTarget target = open()) {
      assertThat(target.enter(Session.MIRROR)).isNull();

      assertThat(target.stat(FILE)).isNull();
      target.make(new RemoteChange.RemoveFile(FILE));
      assertThat(target.isOpen()).isTrue();
    }
  }

  @Test
  void aPromotionTakesTheCopyAwayFromASession() throws Exception {
    Files.writeString(site().resolve("file"), "as it was");
    try (SyncTarget target = open()) {
      assertThat(target.enter(Session.MIRROR)).isNull();
      SyncTarget.Staged staged =
          target.stage(FILE, TestContent.of(new byte[3]), 1, 0600, 3).await();
      promote();

      assertTakenOver(() -> target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN));
      assertThat(target.isOpen()).isFalse();
      assertThat(target.whyLost()).contains("a promotion, has taken over");
      await().atMost(LIMIT).until(() -> losses.get() == 1);
    }
    assertThat(site().resolve("file")).hasContent("as it was");
  }

  /** Each of these would otherwise say, or do, that what is there is not. */
  @Test
  void afterAPromotionNothingIsTakenForGone() throws Exception {
    Files.writeString(site().resolve("file"), "as it was");
    Files.createDirectory(site().resolve("directory"));
    List<Attempt> attempts =
        List.of(
            target -> target.stat(FILE),
            target -> target.list(RelPath.ROOT),
            target -> target.make(new RemoteChange.RemoveFile(FILE)),
            target -> target.make(new RemoteChange.RemoveDirectory(RelPath.ofLatin1("directory"))),
            target -> target.make(new RemoteChange.MakeDirectory(RelPath.ofLatin1("more"), 0755)),
            target -> target.make(new RemoteChange.SetMode(FILE, 0600)),
            target -> target.stage(FILE, TestContent.of(new byte[1]), 1, 0600, 1).await(),
            target -> target.stageSymlink(FILE, "to", 1),
            target -> target.moveAside(FILE),
            target -> target.move(List.of(new SyncTarget.Renaming(FILE, RelPath.ofLatin1("to")))),
            target -> target.read(FILE, 10, (_, _, _) -> {}),
            target -> target.readBeside(FILE, 10, (_, _, _) -> {}),
            SyncTarget::probeDisk,
            target -> target.space(RelPath.ROOT),
            target -> target.leaveHeartbeat(new byte[1]));
    for (Attempt attempt : attempts) {
      try (SyncTarget target = open()) {
        assertThat(target.enter(Session.MIRROR)).isNull();
        promote();
        assertTakenOver(() -> attempt.on(target));
      }
      Files.delete(data().resolve(PromotionFile.fileName("site")));
      Path closed = data().resolve(SessionGate.closedName("site", PROMOTION));
      for (String each : names(closed)) {
        Files.delete(closed.resolve(each));
      }
      Files.delete(closed);
    }
    assertThat(names(site())).containsExactly("directory", "file");
    assertThat(site().resolve("file")).hasContent("as it was");
  }

  private interface Attempt {
    void on(SyncTarget target) throws IOException;
  }

  @Test
  void aPromotionThatIsThereAlreadyIsFoundAtOnce() throws Exception {
    Files.createDirectory(gate());
    promote();
    try (SyncTarget target = open()) {
      Fence fence = requireNonNull(target.enter(Session.MIRROR));

      assertThat(fence).isEqualTo(Fence.of(PROMOTION));
      assertThat(fence.describe())
          .isEqualTo(
              "the backup went live on 2026-11-23T04:00:00Z (production does not answer); nothing is"
                  + " changed at the copy until 'failover-watcher return' is done there");
      assertThat(gate()).isEmptyDirectory();
      assertThat(target.space(RelPath.ROOT)).as("it may be looked at").isNotNull();
      target.leaveHeartbeat("x".getBytes(UTF_8));
      assertThatThrownBy(() -> put(target, "file", "content")).isInstanceOf(IOException.class);
      Files.delete(data().resolve(PromotionFile.fileName("site")));
      assertThat(target.fence()).isNull();
    }
    assertThat(site()).isEmptyDirectory();
  }

  @Test
  void aRecordThatCannotBeReadCountsAsAPromotion() throws Exception {
    Files.writeString(data().resolve(PromotionFile.fileName("site")), "{\"version\": 9}");
    try (SyncTarget target = open()) {
      Fence fence = requireNonNull(target.enter(Session.MIRROR));

      assertThat(fence.id()).isEqualTo(Fence.UNREADABLE);
      assertThat(fence.describe()).contains("has version 9, and 1 is known here");
    }
  }

  @Test
  void whatAnEarlierSessionSentComesTooLateForALaterOne() throws Exception {
    try (FaultyProxy proxy = FaultyProxy.before(server.bastionPort());
        TestLinks through = through(proxy);
        SyncTarget earlier = open(through, "/data/site")) {
      assertThat(earlier.enter(Session.MIRROR)).isNull();
      put(earlier, "file", "first");
      proxy.hold();
      Thread late =
          Thread.ofVirtual()
              .start(
                  () ->
                      assertThatThrownBy(() -> put(earlier, "file", "late"))
                          .isInstanceOf(IOException.class));
      try (SyncTarget later = open()) {
        assertThat(later.enter(Session.MIRROR)).isNull();
        put(later, "file", "newest");
        proxy.letGo();
        assertThat(late.join(LIMIT)).isTrue();
        assertTakenOver(() -> earlier.stat(FILE));
        put(later, "file", "still newest");
      }
    }
    assertThat(site().resolve("file")).hasContent("still newest");
  }

  private TestLinks through(FaultyProxy proxy) throws IOException {
    Path hosts = directory.resolve("known_hosts");
    String port = "[127.0.0.1]:" + server.bastionPort();
    String known = Files.readString(server.knownHosts());
    Files.writeString(hosts, known + known.replace(port, "[127.0.0.1]:" + proxy.port()));
    Path config = directory.resolve("ssh_config");
    Files.writeString(
        config,
        Files.readString(server.sshConfig())
            .replace("Port " + server.bastionPort() + "\n", "Port " + proxy.port() + "\n")
            .replace(server.knownHosts().toString(), hosts.toString()));
    return TestLinks.of(config);
  }

  @Test
  void aComparisonByHandGoesOnBesideTheAgent() throws Exception {
    try (SyncTarget agent = open();
        SyncTarget verify = open()) {
      assertThat(agent.enter(Session.MIRROR)).isNull();
      assertThat(verify.enter(Session.VERIFY)).isNull();
      put(agent, "file", "content");
      assertThat(verify.list(RelPath.ROOT)).containsKey("file");

      assertThat(verify.enter(Session.MIRROR)).isNull();
      put(verify, "other", "content");
      assertTakenOver(() -> agent.stat(FILE));
    }
  }

  @Test
  void whereNoSymlinkCanBeMadeTheCopyIsReachedByItsOwnPath() throws Exception {
    server.fail(Operation.SYMLINK, path -> path.contains(".gate/"));
    try (SyncTarget target = open()) {
      assertThat(target.enter(Session.MIRROR)).isNull();
      assertThat(target.whyUngated()).contains("/data/.relais-site.gate");
      put(target, "file", "content");
      Files.write(data().resolve(PromotionFile.fileName("site")), PromotionFile.toBytes(PROMOTION));
      assertThat(target.fence()).isEqualTo(Fence.of(PROMOTION));
      assertThat(target.lacks()).anyMatch(line -> line.startsWith("nothing can be made beside"));
    }
    assertThat(site().resolve("file")).hasContent("content");
  }

  @Test
  void besideTheAccountsWholeTreeThereIsNoPlaceForOne() throws Exception {
    try (SyncTarget target = open(client, "/")) {
      assertThat(target.enter(Session.MIRROR)).isNull();
      assertThat(target.whyUngated()).isEqualTo("there is nothing beside /");
      put(target, "file", "content");
    }
    assertThat(directory.resolve("root/file")).hasContent("content");
  }

  /** A save waits for no request more because of it. */
  @Test
  void aSaveTakesAsManyRequestsThroughAGateAsWithoutOne() throws Exception {
    long through;
    try (SyncTarget target = open()) {
      assertThat(target.enter(Session.MIRROR)).isNull();
      through = requestsOfASave(target);
    }
    try (SyncTarget target = open()) {
      assertThat(requestsOfASave(target)).isEqualTo(through).isPositive();
    }
  }

  private long requestsOfASave(SyncTarget target) throws IOException {
    put(target, "file", "first, which makes the staging directory");
    long before = requests();
    target.beginRound();
    put(target, "file", "second");
    return requests() - before;
  }

  private long requests() {
    return Stream.of(Operation.values()).mapToLong(server::count).sum();
  }

  @Test
  void peopleReadPathsWithoutTheGate() {
    assertThat(CopyGate.shown("list /data/.relais-site.gate/0123456789abcdef/a/b"))
        .isEqualTo("list /data/site/a/b");
    assertThat(CopyGate.shown("/d/.relais-a b.gate/verify-0123456789abcdef")).isEqualTo("/d/a b");
    assertThat(CopyGate.shown("/data/.relais-site.gate/mine")).contains(".gate/mine");
  }
}
