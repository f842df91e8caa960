package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.failover.notify.ChannelSettings.Command;
import io.relais.failover.notify.Notice.Topic;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NotifierTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final ChannelWorker.RetryPolicy FAST =
      new ChannelWorker.RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofHours(24));

  /** Never within a test's life, so that an entry fails once. */
  private static final ChannelWorker.RetryPolicy ONCE =
      new ChannelWorker.RetryPolicy(Duration.ofHours(5), Duration.ofHours(5), Duration.ofHours(24));

  @TempDir private Path temporary;

  private final FakeChannel one = new FakeChannel();
  private final FakeChannel two = new FakeChannel();
  private Instant now = Instant.parse("2026-11-23T04:00:00Z");

  private Path directory() {
    return temporary.resolve("notices");
  }

  private static ChannelSettings settings(String name, Topic... only) {
    return new Command(
        name,
        only.length == 0 ? Notices.ALL : ImmutableSet.copyOf(only),
        ImmutableList.of("/bin/true"));
  }

  private Notifier notifier(Path directory, ChannelWorker.RetryPolicy policy, InstantSource clock) {
    return notifier(directory, policy, clock, settings("one"), settings("two"));
  }

  private Notifier notifier(
      Path directory,
      ChannelWorker.RetryPolicy policy,
      InstantSource clock,
      ChannelSettings... channels) {
    return new Notifier(
        new NotifySettings(
            ImmutableList.copyOf(channels),
            Duration.ofSeconds(10),
            policy.giveUpAfter(),
            Duration.ofHours(1)),
        policy,
        directory,
        ImmutableMap.of("one", one, "two", two),
        clock);
  }

  private List<Path> queued() throws IOException {
    try (Stream<Path> files = Files.list(directory().resolve("queue"))) {
      return files.sorted().toList();
    }
  }

  @Test
  void deliversToEachChannelThatTakesTheKindAndEmptiesTheQueue() throws Exception {
    try (Notifier notifier =
        notifier(
            directory(),
            FAST,
            InstantSource.system(),
            settings("one", Topic.BLIND),
            settings("two", Topic.SWITCHED))) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.TEST, "t"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("t");
    assertThat(two.titles()).containsExactly("a", "t");
    assertThat(queued()).isEmpty();
  }

  @Test
  void triesAgainUntilItWorks() throws Exception {
    one.refuse(DeliveryException.transientFailure("no"), 5);
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      await().until(() -> one.titles().equals(List.of("a")));
    }
    assertThat(one.attempts).hasSize(6);
    assertThat(one.ids).hasSize(6).containsOnly(one.ids.getFirst());
  }

  @Test
  void givesUpAtOnceWhatWillNeverWork() throws Exception {
    one.refuse(DeliveryException.permanentFailure("bad key"), 1);
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.SWITCHED, "b"));
      notifier.flush(LONG);
    }
    assertThat(one.attempts).containsExactly("a", "b");
    assertThat(one.titles()).containsExactly("b");
    assertThat(queued()).isEmpty();
  }

  @Test
  void survivesABugInAChannel() throws Exception {
    one.bugs = 1;
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.SWITCHED, "b"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("b");
  }

  @Test
  void givesUpWhenItsTimeIsOver() throws Exception {
    one.refuse(DeliveryException.transientFailure("no"), 2);
    try (Notifier notifier = notifier(directory(), ONCE, () -> now)) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
    }
    assertThat(queued()).hasSize(1);
    now = now.plus(Duration.ofHours(25));
    try (Notifier notifier = notifier(directory(), ONCE, () -> now)) {
      notifier.flush(LONG);
    }
    assertThat(one.attempts).containsExactly("a", "a (delayed by 1 d 1 h)");
    assertThat(queued()).isEmpty();
  }

  @Test
  void deliversWhatAnEarlierRunLeftInOrderAndSaysHowOldItIs() throws Exception {
    one.refuse(DeliveryException.transientFailure("no"), 2);
    try (Notifier notifier = notifier(directory(), ONCE, () -> now)) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.FAILED_BACK, "b"));
      notifier.flush(LONG);
    }
    assertThat(two.titles()).containsExactly("a", "b");
    now = now.plus(Duration.ofMinutes(150));
    try (Notifier notifier = notifier(directory(), ONCE, () -> now)) {
      notifier.flush(LONG);
    }
    assertThat(one.titles())
        .containsExactly("a (delayed by 2 h 30 min)", "b (delayed by 2 h 30 min)");
    assertThat(two.titles()).as("was taken before, so not again").containsExactly("a", "b");
  }

  @Test
  void leavesOnDiskWhatIsUnderWayWhenItIsClosed() throws Exception {
    one.hang = new CountDownLatch(1);
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      await().until(() -> one.attempts.size() == 1);
      notifier.post(Notices.of(Topic.SWITCHED, "b"));
    }
    one.hang = new CountDownLatch(0);
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("a", "b");
    assertThat(queued()).isEmpty();
  }

  @Test
  void delaysNoChannelForOneThatHangs() throws Exception {
    one.hang = new CountDownLatch(1);
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.BLIND, "b"));
      await().until(() -> two.titles().equals(List.of("a", "b")));
      assertThat(one.titles()).isEmpty();
      notifier.flush(Duration.ofMillis(1));
    }
  }

  @Test
  void tellsTheSameOnlyOnceWithinItsTimeEvenAfterARestart() throws Exception {
    try (Notifier notifier = notifier(directory(), FAST, () -> now)) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.BLIND, "a"));
      notifier.post(Notices.of(Topic.TEST, "t"));
      notifier.post(Notices.of(Topic.TEST, "t"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("a", "a", "t", "t");
    now = now.plus(Duration.ofMinutes(59));
    try (Notifier notifier = notifier(directory(), FAST, () -> now)) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
      assertThat(one.titles()).hasSize(4);
      now = now.plus(Duration.ofMinutes(1));
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).hasSize(5);
  }

  @Test
  void tellsAgainWhenTheClockWasSetBack() throws Exception {
    try (Notifier notifier = notifier(directory(), FAST, () -> now)) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
      now = now.minus(Duration.ofDays(30));
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("a", "a");
  }

  @Test
  void obeysRetryAfterAcrossARestart() throws Exception {
    one.refuse(
        DeliveryException.transientFailure("429", java.util.Optional.of(Duration.ofHours(1))), 1);
    try (Notifier notifier = notifier(directory(), FAST, () -> now)) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
      notifier.post(Notices.of(Topic.SWITCHED, "b"));
      notifier.flush(LONG);
    }
    try (Notifier notifier = notifier(directory(), FAST, () -> now)) {
      notifier.flush(LONG);
    }
    assertThat(one.attempts).containsExactly("a");
    now = now.plus(Duration.ofHours(1));
    try (Notifier notifier = notifier(directory(), FAST, () -> now)) {
      notifier.flush(LONG);
    }
    assertThat(one.titles()).hasSize(2);
  }

  @Test
  void movesForeignAndDamagedFilesAsideOnce() throws Exception {
    Path queue = Files.createDirectories(directory().resolve("queue"));
    Files.writeString(queue.resolve("0000000000000001-00000000.json"), "{\"version\":1");
    Files.writeString(queue.resolve("0000000000000002-00000000.json"), "{\"version\":2}");
    Files.writeString(queue.resolve("note.txt"), "mine");
    Files.writeString(queue.resolve("0000000000000003-00000000.json.tmp"), "half");
    Files.createDirectory(queue.resolve("0000000000000004-00000000.json"));
    Files.createSymbolicLink(queue.resolve("0000000000000005-00000000.json"), Path.of("/dev/zero"));
    Files.writeString(directory().resolve("told.json"), "[]");
    NoticeStore.Entry gone =
        new NoticeStore.Entry(
            "0000000000000006-00000000",
            "removed",
            Notices.switched(),
            now,
            java.util.Optional.empty());
    Files.write(queue.resolve(gone.id() + ".json"), gone.toJson());
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("a");
    assertThat(queued()).isEmpty();
    try (Stream<Path> aside = Files.list(directory().resolve("aside"))) {
      assertThat(aside).hasSize(7);
    }
  }

  @Test
  void namesFilesSafelyAndKeepsOnlyTheNoticeAndTheChannel() throws Exception {
    one.refuse(DeliveryException.transientFailure("no"), 1);
    two.refuse(DeliveryException.transientFailure("no"), 1);
    try (Notifier notifier = notifier(directory(), ONCE, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "../../etc/\0passwd\n"));
      notifier.flush(LONG);
    }
    assertThat(queued())
        .hasSize(2)
        .allMatch(file -> file.getFileName().toString().matches("[0-9]{16}-[0-9a-f]{8}\\.json"));
    var json =
        NoticeJson.read(
            Files.readAllBytes(queued().getFirst()), new TypeReference<ObjectNode>() {});
    assertThat(ImmutableList.copyOf(json.fieldNames()))
        .containsExactly("version", "channel", "queued", "notice");
  }

  @Test
  void sendsFromMemoryWhenTheDirectoryCannotBeUsed() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "no directory");
    try (Notifier notifier = notifier(file, FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      notifier.flush(LONG);
    }
    assertThat(one.titles()).containsExactly("a");
  }

  @Test
  void sendsFromMemoryWhenTheDiskIsFull() throws Exception {
    try (FileSystem disk =
        Jimfs.newFileSystem(
            Configuration.unix().toBuilder().setMaxSize(8192).setBlockSize(1024).build())) {
      fill(disk.getPath("/filler"));
      one.refuse(DeliveryException.transientFailure("no"), 1);
      try (Notifier notifier = notifier(disk.getPath("/n"), FAST, InstantSource.system())) {
        notifier.post(Notices.of(Topic.SWITCHED, "a"));
        await().until(() -> one.titles().equals(List.of("a")));
        notifier.flush(LONG);
      }
      assertThat(two.titles()).containsExactly("a");
      try (Stream<Path> left = Files.list(disk.getPath("/n/queue"))) {
        assertThat(left).as("no half files").isEmpty();
      }
    }
  }

  @Test
  void savesAtTheEndWhatTheFullDiskDidNotTake() throws Exception {
    try (FileSystem disk =
        Jimfs.newFileSystem(
            Configuration.unix().toBuilder().setMaxSize(8192).setBlockSize(1024).build())) {
      fill(disk.getPath("/filler"));
      one.refuse(DeliveryException.transientFailure("no"), 1);
      try (Notifier notifier = notifier(disk.getPath("/n"), ONCE, InstantSource.system())) {
        notifier.post(Notices.of(Topic.SWITCHED, "a"));
        notifier.flush(LONG);
        Files.delete(disk.getPath("/filler"));
      }
      try (Notifier notifier = notifier(disk.getPath("/n"), ONCE, InstantSource.system())) {
        notifier.flush(LONG);
      }
      assertThat(one.titles()).containsExactly("a");
    }
  }

  private static void fill(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      while (true) {
        out.write(new byte[1024]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("space");
    }
  }

  @Test
  void queuesAndSavesForACallerThatIsInterrupted() throws Exception {
    one.refuse(DeliveryException.transientFailure("no"), 1);
    try (Notifier notifier = notifier(directory(), ONCE, InstantSource.system())) {
      Thread.currentThread().interrupt();
      notifier.post(Notices.of(Topic.SWITCHED, "a"));
      assertThat(Thread.interrupted()).isTrue();
      notifier.flush(LONG);
      assertThat(queued()).hasSize(1);
    }
  }

  @Test
  void leavesTheQueueToTheNotifierThatHasIt() throws Exception {
    one.refuse(DeliveryException.transientFailure("no"), 1);
    try (Notifier first = notifier(directory(), ONCE, InstantSource.system())) {
      first.post(Notices.of(Topic.SWITCHED, "a"));
      first.flush(LONG);
      try (Notifier second = notifier(directory(), ONCE, InstantSource.system())) {
        second.post(Notices.of(Topic.TEST, "t"));
        second.flush(LONG);
      }
      assertThat(one.attempts).containsExactly("a", "t");
      assertThat(queued()).hasSize(1);
    }
  }

  @Test
  void dropsTheOldestSuspicionsFirstWhenTooManyWait() throws Exception {
    one.hang = new CountDownLatch(1);
    Path disk = temporary.resolve("file");
    Files.writeString(disk, "memory only: a thousand files are slow to sync");
    try (Notifier notifier = notifier(disk, FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.BLIND, "under way"));
      await().until(() -> one.attempts.size() == 1);
      notifier.post(Notices.of(Topic.HALTED, "oldest"));
      notifier.post(Notices.of(Topic.SUSPECT, "suspect"));
      IntStream.range(0, ChannelWorker.MOST_WAITING - 1)
          .forEach(i -> notifier.post(Notices.of(Topic.BLIND, "b" + i)));
      one.hang.countDown();
      notifier.flush(LONG);
    }
    assertThat(one.titles())
        .hasSize(ChannelWorker.MOST_WAITING)
        .contains("under way", "b0", "b" + (ChannelWorker.MOST_WAITING - 2))
        .doesNotContain("suspect", "oldest");
  }

  @Test
  void isNotHeldUpByANoticeThatIsNeverTaken() throws Exception {
    one.poison = "poison";
    try (Notifier notifier = notifier(directory(), FAST, InstantSource.system())) {
      notifier.post(Notices.of(Topic.SWITCHED, "poison"));
      notifier.post(Notices.of(Topic.SWITCHED, "b"));
      await().until(() -> one.titles().equals(List.of("b")));
    }
    assertThat(queued()).hasSize(1);
  }

  @Test
  void testsEveryChannelPastTheQueueWhateverItTakes() throws Exception {
    two.refuse(DeliveryException.permanentFailure("bad key: make a new one"), 1);
    try (Notifier notifier =
        notifier(
            directory(),
            FAST,
            InstantSource.system(),
            settings("one", Topic.BLIND),
            settings("two"))) {
      ImmutableList<Notifier.Delivery> deliveries =
          notifier.deliverNow(Notices.of(Topic.SWITCHED, "t"));
      assertThat(deliveries).extracting(Notifier.Delivery::channel).containsExactly("one", "two");
      assertThat(deliveries.get(0).failure()).isEmpty();
      assertThat(deliveries.get(1).failure()).contains("bad key: make a new one");
      assertThat(queued()).isEmpty();
    }
  }

  @Test
  void readsBackEveryNoticeItWrites() throws Exception {
    for (Topic topic : Topic.values()) {
      Notice notice = Notices.of(topic, "k");
      byte[] json = NoticeJson.bytes(notice);
      assertThat(NoticeJson.read(json, new TypeReference<Notice>() {})).isEqualTo(notice);
      assertThat(new String(json, UTF_8)).contains("\"" + topic.id() + "\"");
    }
  }

  /** Takes everything, but for what it is told to refuse. */
  private static final class FakeChannel implements Channel {
    private final List<String> attempts = new CopyOnWriteArrayList<>();
    private final List<String> ids = new CopyOnWriteArrayList<>();
    private final List<String> taken = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedDeque<DeliveryException> refusals = new ConcurrentLinkedDeque<>();
    private volatile CountDownLatch hang = new CountDownLatch(0);
    private volatile int bugs;
    private volatile String poison = "";

    @CanIgnoreReturnValue
    FakeChannel refuse(DeliveryException failure, int times) {
      IntStream.range(0, times).forEach(_ -> refusals.add(failure));
      return this;
    }

    List<String> titles() {
      return taken;
    }

    @Override
    public void send(String id, Notice notice) throws DeliveryException, InterruptedException {
      attempts.add(notice.title());
      ids.add(id);
      hang.await();
      if (bugs > 0) {
        bugs = 0;
        throw new IllegalStateException("a bug");
      }
      if (notice.title().equals(poison)) {
        throw DeliveryException.transientFailure("not this one");
      }
      DeliveryException refusal = refusals.poll();
      if (refusal != null) {
        throw refusal;
      }
      taken.add(notice.title());
    }
  }
}
