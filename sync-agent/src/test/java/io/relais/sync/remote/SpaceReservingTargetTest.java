package io.relais.sync.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.SyncTarget.Space;
import io.relais.sync.remote.SyncTarget.Staged;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Large files are begun only where they fit. */
final class SpaceReservingTargetTest {
  private static final int MIB = 1 << 20;
  private static final RelPath FILE = RelPath.ofLatin1("file");

  private final InMemoryDisk disk = new InMemoryDisk(100 * MIB);
  private final SpaceReservations reservations = new SpaceReservations();
  private final AtomicInteger asked = new AtomicInteger();
  private final SyncTarget target = connect();

  private SyncTarget connect() {
    SyncTarget inner = disk.connect(new TemporaryNameGenerator("test"), () -> {});
    SyncTarget counting =
        new ForwardingTarget(inner) {
          @Override
          public @Nullable Space space(RelPath directory) throws IOException {
            asked.incrementAndGet();
            return super.space(directory);
          }
        };
    return new SpaceReservingTarget(counting, reservations, total -> total / 20);
  }

  private static TestContent content(int megabytes) {
    return TestContent.of(new byte[megabytes * MIB]);
  }

  private Staged stage(RelPath path, int megabytes) throws IOException {
    return target.stage(path, content(megabytes), 1, 0644, (long) megabytes * MIB).await();
  }

  private void assertNotBegun(int megabytes, String... says) {
    int before = disk.count(Operation.STAGE_FILE);
    assertThatThrownBy(() -> stage(FILE, megabytes))
        .isInstanceOfSatisfying(
            TargetException.class,
            e -> assertThat(e.reason()).isEqualTo(TargetException.Reason.NO_ROOM))
        .hasMessageContainingAll(says);
    assertThat(disk.count(Operation.STAGE_FILE)).isEqualTo(before);
  }

  @Test
  void sendsWhatFitsBesideTheReserve() throws IOException {
    assertNotBegun(96, "it takes 100.7 MB", "104.9 MB are free", "5.2 MB stay free ('reserve')");
    assertThat(stage(FILE, 95).path()).isEqualTo(FILE);
  }

  @Test
  void asksNothingForSmallFilesAndLetsThemUseTheReserve() throws IOException {
    stage(FILE, 94);
    int before = asked.get();
    assertThat(stage(RelPath.ofLatin1("small"), 5)).isNotNull();
    assertThat(asked).hasValue(before);
  }

  @Test
  void aFileThatReplacesAnotherNeedsRoomBesideIt() throws IOException {
    assertThat(target.publish(List.of(stage(FILE, 60)), SyncTarget.PublishOrder.GIVEN))
        .allMatch(Optional::isEmpty);
    assertNotBegun(60, "it takes 62.9 MB; 41.9 MB are free");
    target.make(new RemoteChange.RemoveFile(FILE));
    assertThat(stage(FILE, 60)).isNotNull();
  }

  @Test
  void severalAtOnceDoNotTogetherTakeMoreThanThereIs() throws Exception {
    CountDownLatch others = new CountDownLatch(3);
    List<Future<Boolean>> begun = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 5; i++) {
        RelPath path = RelPath.ofLatin1("file" + i);
        begun.add(threads.submit(() -> isSent(path, others)));
      }
    }
    int sent = 0;
    for (Future<Boolean> each : begun) {
      sent += each.get() ? 1 : 0;
    }
    assertThat(sent).isEqualTo(2);
  }

  /** Sends 40 MiB of which the last part comes only when all others were refused. */
  private boolean isSent(RelPath path, CountDownLatch others) throws IOException {
    try {
      TestContent content = TestContent.of(new byte[40 * MIB], () -> await(others));
      return target.stage(path, content, 1, 0644, 40 * MIB).await() != null;
    } catch (TargetException e) {
      assertThat(e).hasMessageContaining("are for files under way");
      others.countDown();
      return false;
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatFailedTakesNoMoreRoom() throws IOException {
    for (int i = 0; i < 3; i++) {
      disk.failNext(Operation.STAGE_FILE, FILE, TargetException.Reason.FAILURE);
      assertThatThrownBy(() -> stage(FILE, 60)).hasMessageNotContaining("room");
    }
    assertThat(stage(FILE, 60)).isNotNull();
  }

  @Test
  void beginsEverythingWhereTheServerCannotTell() throws IOException {
    SyncTarget silent =
        new ForwardingTarget(disk.connect(new TemporaryNameGenerator("test"), () -> {})) {
          @Override
          public @Nullable Space space(RelPath directory) throws IOException {
            return null;
          }
        };
    SyncTarget reserving = new SpaceReservingTarget(silent, reservations, total -> total);
    assertThat(reserving.stage(FILE, content(90), 1, 0644, 90L * MIB).await()).isNotNull();
  }
}
