package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.google.common.hash.Hashing;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large files beside the plans: sent by themselves, put in place by a plan or not at all. */
@Timeout(120)
final class LargeUploadsTest {
  private static final int SIZE = (int) LargeUploads.LARGE;
  private static final RelPath LARGE = path("d/large");

  @TempDir private Path directory;

  private final BlockingQueue<RelPath> hinted = new LinkedBlockingQueue<>();
  private final Set<RelPath> disturbed = new HashSet<>();
  private final List<Thread> tellers = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  @SuppressWarnings("NullAway.Init")
  private LargeUploads large;

  @BeforeEach
  void begin() throws IOException {
    transfer = new TransferFixture(directory);
    transfer.directory("d");
    write(SIZE, 1);
    transfer.thereDirectory("d");
    large =
        transfer.largeUploads(
            hinted::add,
            directories -> {
              disturbed.addAll(directories);
              tellers.add(Thread.currentThread());
            });
    transfer.large = large;
    large.beginRound(transfer.tree);
  }

  @AfterEach
  void end() {
    large.close();
    transfer.close();
  }

  private void write(int size, int first) throws IOException {
    try (var file = new RandomAccessFile(directory.resolve("d/large").toFile(), "rw")) {
      file.setLength(size);
      file.write(first);
    }
  }

  private void awaitHint() throws InterruptedException {
    assertThat(hinted.poll(60, TimeUnit.SECONDS)).isEqualTo(LARGE);
  }

  /** Has it at the target, but not in place. */
  private Step.Upload sent() throws IOException, InterruptedException {
    Step.Upload step = transfer.upload("d/large");
    assertThat(large.defers(step)).isTrue();
    awaitHint();
    assertThat(transfer.temporaries()).hasSize(1);
    return step;
  }

  /** Has it read up to its beginning, until it is no longer wanted. */
  private Step.Upload underWay() throws IOException, InterruptedException {
    CountDownLatch reading = new CountDownLatch(1);
    transfer.once(
        "read d/large",
        () -> {
          reading.countDown();
          await().atMost(Duration.ofSeconds(60)).until(() -> !large.isSending(LARGE));
        });
    Step.Upload step = transfer.upload("d/large");
    assertThat(large.defers(step)).isTrue();
    assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();
    return step;
  }

  @Test
  void aSmallFileIsLeftToItsPlan() throws IOException {
    write(SIZE - 1, 1);

    assertThat(large.defers(transfer.upload("d/large"))).isFalse();
    assertThat(large.count()).isZero();
    assertThat(transfer.target.calls()).isEmpty();
  }

  @Test
  void aFileIsSentByItselfAndPutInPlaceByAPlan() throws Exception {
    Step.Upload step = sent();
    assertThat(transfer.visible()).containsOnlyKeys("d");
    assertThat(large.isSending(LARGE)).isTrue();
    assertThat(large.isBusyIn(path("d"))).isTrue();
    assertThat(large.isBusyIn(RelPath.ROOT)).isFalse();
    assertThat(large.progress().bytesSent()).isEqualTo(SIZE);
    assertThat(large.progress().total().files()).isEqualTo(1);

    large.beginRound(transfer.tree);
    assertThat(large.takenSince()).isEmpty();
    assertThat(large.defers(step)).isFalse();
    StepResult.Done done = (StepResult.Done) transfer.run(step).getFirst();
    large.endRound(_ -> true);

    assertThat(done.hash()).isEqualTo(Hashing.sha256().hashBytes(transfer.disk.contentOf(LARGE)));
    assertThat(transfer.disk.contentOf(LARGE))
        .isEqualTo(Files.readAllBytes(directory.resolve("d/large")));
    assertThat(transfer.calls("stage")).hasSize(1);
    assertThat(large.takenSince()).isPresent();
    assertThat(large.count()).isZero();
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(disturbed).isEmpty();
    large.beginRound(transfer.tree);
    assertThat(large.takenSince()).isEmpty();
  }

  @Test
  void aFileOnItsWayIsNotBegunTwice() throws Exception {
    Step.Upload step = underWay();

    assertThat(large.defers(step)).isTrue();
    assertThat(large.count()).isEqualTo(1);
    large.close();
    assertThat(transfer.calls("stage")).hasSize(1);
  }

  @Test
  void whatTheSourceNoLongerHasIsNotPutInPlaceAndIsSentAgain() throws Exception {
    sent();
    write(SIZE, 2);
    transfer.target.forgetCalls();

    assertThat(large.defers(transfer.upload("d/large"))).isTrue();
    awaitHint();
    large.endRound(_ -> false);

    assertThat(transfer.temporaries()).hasSize(1);
    assertThat(transfer.calls("discard")).hasSize(1);
    assertThat(disturbed).containsExactly(path("d"));
    transfer.run(transfer.upload("d/large"));
    assertThat(transfer.disk.contentOf(LARGE)[0]).isEqualTo((byte) 2);
  }

  @Test
  void aPlanThatComesWithAnotherFileSendsItItself() throws Exception {
    sent();
    write(SIZE, 2);

    StepResult result = transfer.run(transfer.upload("d/large")).getFirst();

    assertThat(result).isInstanceOf(StepResult.Done.class);
    assertThat(transfer.disk.contentOf(LARGE)[0]).isEqualTo((byte) 2);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(large.count()).isZero();
  }

  @Test
  void aFileThatBecameSmallIsDroppedAndLeftToItsPlan() throws Exception {
    sent();
    write(100, 3);

    assertThat(large.defers(transfer.upload("d/large"))).isFalse();
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(large.count()).isZero();
  }

  @Test
  void whatItFailedWithIsTheStepsResult() throws Exception {
    transfer.target.refuse("stage d/large", Reason.NO_SPACE);
    Step.Upload step = transfer.upload("d/large");
    assertThat(large.defers(step)).isTrue();
    awaitHint();

    assertThat(large.defers(step)).isFalse();
    assertThatExceptionOfType(TargetException.class)
        .isThrownBy(() -> large.take(step))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));
    assertThat(large.take(step)).as("given once").isNull();
  }

  @Test
  void whatWasRefusedForWantOfARightIsTriedAgainInThePlan() throws Exception {
    transfer.target.refuse("stage d/large", Reason.PERMISSION_DENIED);
    Step.Upload step = transfer.upload("d/large");
    assertThat(large.defers(step)).isTrue();
    awaitHint();

    assertThat(large.take(step)).isNull();
  }

  @Test
  void aFileThatChangedWhileItWasSentIsReportedSo() throws Exception {
    transfer.once("read d/large", () -> write(SIZE, 9));
    Step.Upload step = transfer.upload("d/large");
    assertThat(large.defers(step)).isTrue();
    awaitHint();

    assertThat(large.defers(transfer.upload("d/large"))).isFalse();
    assertThat(transfer.run(transfer.upload("d/large")).getFirst())
        .isInstanceOf(StepResult.Changed.class);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.visible()).containsOnlyKeys("d");
  }

  @Test
  void aFileThatWasOnlyTouchedGetsItsTimeWithThePlanAndNotBefore() throws Exception {
    byte[] bytes = Files.readAllBytes(directory.resolve("d/large"));
    transfer.disk.put(LARGE, bytes, 0600, 1);
    Step.Upload step =
        new Step.Upload(
            LARGE,
            transfer.entry("d/large"),
            transfer.remote("d/large"),
            Hashing.sha256().hashBytes(bytes));
    assertThat(large.defers(step)).isTrue();
    awaitHint();
    assertThat(transfer.calls("set", "stage")).isEmpty();

    StepResult.Done done = (StepResult.Done) transfer.run(step).getFirst();

    assertThat(done.extent()).isEqualTo(new StepResult.Extent.AttributesSet());
    assertThat(transfer.remote("d/large")).isEqualTo(transfer.entry("d/large").asTarget());
    assertThat(transfer.calls("set", "stage")).containsExactly("set d/large");
  }

  private interface Taking {
    void away(SyncTarget target) throws IOException;
  }

  private static Taking taking(String how) {
    return switch (how) {
      case "aside" -> target -> target.moveAside(path("d"));
      case "rename" ->
          target -> target.move(List.of(new SyncTarget.Renaming(path("d"), path("e"))));
      case "replace" ->
          target -> target.move(List.of(new SyncTarget.Renaming(path("x"), path("d"))));
      case "remove" -> target -> target.make(new RemoteChange.RemoveDirectory(path("d")));
      case "begin" -> target -> target.begin(List.of(new RemoteChange.RemoveDirectory(path("d"))));
      default -> throw new IllegalArgumentException(how);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"aside", "rename", "replace", "remove", "begin"})
  void nothingIsLeftInADirectoryThatIsTakenAway(String how) throws Exception {
    sent();
    taking(how).away(large.guarded());

    assertThat(transfer.disk.contents()).isEmpty();
    assertThat(large.count()).isZero();
    awaitHint();
  }

  @ParameterizedTest
  @ValueSource(strings = {"aside", "rename", "replace", "remove", "begin"})
  void nothingGetsIntoADirectoryThatIsTakenAwayWhileItIsSent(String how) throws Exception {
    underWay();
    taking(how).away(large.guarded());

    assertThat(transfer.disk.contents()).isEmpty();
    assertThat(large.count()).isZero();
    large.endRound(_ -> false);
    assertThat(disturbed).containsExactly(path("d"));
    assertThat(tellers).containsOnly(Thread.currentThread());
  }

  @Test
  void whatIsElsewhereGoesOn() throws Exception {
    sent();
    transfer.thereDirectory("other");
    large.guarded().make(new RemoteChange.RemoveDirectory(path("other")));

    assertThat(transfer.temporaries()).hasSize(1);
    assertThat(large.isSending(LARGE)).isTrue();
  }

  @Test
  void aFileThatTheSourceNoLongerHasIsDropped() throws Exception {
    sent();
    Files.delete(directory.resolve("d/large"));

    large.endRound(_ -> false);
    assertThat(large.isSending(LARGE)).as("nobody has looked").isTrue();
    large.endRound(LARGE::equals);

    assertThat(large.isSending(LARGE)).isFalse();
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(disturbed).containsExactly(path("d"));
    assertThat(hinted).as("its directory's time is to be restored").contains(path("d"));
  }

  @Test
  void whatARoundWasOfferedAndDidNotTakeIsDropped() throws Exception {
    sent();
    large.endRound(_ -> true);
    assertThat(transfer.temporaries()).as("it came during the round").hasSize(1);

    large.beginRound(transfer.tree);
    large.endRound(_ -> true);

    assertThat(transfer.temporaries()).isEmpty();
    assertThat(large.count()).isZero();
  }

  @Test
  void anotherSourceDropsWhatWasReadFromTheOneBefore() throws Exception {
    sent();
    try (LinuxSourceTree other = LinuxSourceTree.open(directory, LinkPolicy.PRESERVE)) {
      large.beginRound(other);
      assertThat(transfer.temporaries()).isEmpty();
      awaitHint();
    }
    large.beginRound(null);
    assertThat(large.defers(transfer.upload("d/large"))).as("there is no source").isFalse();
  }

  @Test
  void nothingIsLeftOnceItIsClosed() throws Exception {
    underWay();
    large.close();

    assertThat(transfer.disk.contents()).isEmpty();
    assertThat(large.count()).isZero();
  }

  @Test
  void noMoreThanSixAreReadAtOnceAndTheOthersFollow() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Set<String> reading = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 8; i++) {
      String name = "f" + i;
      Files.copy(directory.resolve("d/large"), directory.resolve(name));
      transfer.once(
          "open " + name,
          () -> {
            reading.add(name);
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          });
      assertThat(large.defers(transfer.upload(name))).isTrue();
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> reading.size() >= 6);
    assertThat(reading).hasSize(6);
    assertThat(large.count()).isEqualTo(8);
    release.countDown();
    for (int i = 0; i < 8; i++) {
      assertThat(requireNonNull(hinted.poll(60, TimeUnit.SECONDS)).name()).startsWith("f");
    }
    assertThat(transfer.temporaries()).hasSize(8);
    assertThat(transfer.entryThere("d").kind()).isEqualTo(EntryKind.DIRECTORY);
  }
}
