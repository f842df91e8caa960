package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.sync.remote.InMemoryTarget;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.status.MirrorFacts;
import io.relais.sync.status.MirrorStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HeartbeatWriterTest {
  private static final Instant START = Instant.parse("2026-11-23T04:00:00Z");
  private static final Optional<Duration> EVERY = Optional.of(Duration.ofSeconds(30));

  private static final MirrorStatus IN_SYNC = standing(MirrorFacts.Work.NONE);
  private static final MirrorStatus PENDING =
      standing(new MirrorFacts.Work(1, 1, false, null, null));

  private final InMemoryTarget target = InMemoryTarget.empty();
  private Instant now = START;
  private final HeartbeatWriter heartbeatWriter = new HeartbeatWriter("site", EVERY, () -> now);

  @TempDir private Path directory;

  private int left() {
    return target.disk().heartbeats().size();
  }

  private Heartbeat last() throws IOException {
    byte[] bytes = target.disk().heartbeats().getLast();
    return HeartbeatFile.read(Files.write(directory.resolve("heartbeat"), bytes));
  }

  private void after(int seconds) {
    now = now.plusSeconds(seconds);
  }

  @Test
  void leavesOneAtOnceAndThenOneAnInterval() throws IOException {
    heartbeatWriter.beat(target, PENDING, 3);
    after(29);
    heartbeatWriter.beat(target, PENDING, 3);
    assertThat(left()).isEqualTo(1);
    assertThat(heartbeatWriter.due()).isEqualTo(START.plusSeconds(30));
    after(1);
    heartbeatWriter.beat(target, PENDING, 3);

    assertThat(left()).isEqualTo(2);
  }

  @Test
  void saysHowThingsStand() throws IOException {
    heartbeatWriter.beat(target, PENDING, 3);
    long first = last().sequence();

    assertThat(last()).isEqualTo(new Heartbeat("site", first, START, Optional.empty(), 3));
    after(30);
    heartbeatWriter.beat(target, IN_SYNC, 0);
    assertThat(last()).isEqualTo(new Heartbeat("site", first + 1, now, Optional.of(now), 0));
  }

  @Test
  void remembersWhenItWasLastInSyncAlsoBetweenHeartbeats() throws IOException {
    heartbeatWriter.beat(target, PENDING, 1);
    after(10);
    heartbeatWriter.beat(target, IN_SYNC, 0);
    after(20);
    heartbeatWriter.beat(target, PENDING, 1);

    assertThat(last().inSyncAt()).contains(START.plusSeconds(10));
  }

  @Test
  void theSequenceDoesNotGoBackOverARestart() throws IOException {
    heartbeatWriter.beat(target, IN_SYNC, 0);
    after(30);
    heartbeatWriter.beat(target, IN_SYNC, 0);
    long before = last().sequence();
    new HeartbeatWriter("site", EVERY, () -> now).beat(target, IN_SYNC, 0);

    assertThat(last().sequence()).isGreaterThan(before);
  }

  @Test
  void leavesNoneWhereNoneIsWanted() throws IOException {
    HeartbeatWriter none = new HeartbeatWriter("site", Optional.empty(), () -> now);
    none.beat(target, IN_SYNC, 0);

    assertThat(left()).isZero();
    assertThat(none.due()).isEqualTo(Instant.MAX);
  }

  @Test
  void goesOnWhereItIsRefusedAndTriesAgain() throws IOException {
    target.disk().refusesHeartbeats(true);
    heartbeatWriter.beat(target, IN_SYNC, 0);
    target.disk().refusesHeartbeats(false);
    heartbeatWriter.beat(target, IN_SYNC, 0);
    assertThat(left()).isZero();
    after(30);
    heartbeatWriter.beat(target, IN_SYNC, 0);

    assertThat(left()).isEqualTo(1);
  }

  @Test
  void passesOnThatTheConnectionIsLost() {
    target.loseConnection();

    assertThatThrownBy(() -> heartbeatWriter.beat(target, IN_SYNC, 0))
        .isInstanceOf(TargetUnavailableException.class);
  }

  private static MirrorStatus standing(MirrorFacts.Work work) {
    return MirrorStatus.of(
        new MirrorFacts(
            new MirrorFacts.Connection.Up(),
            START,
            null,
            work,
            MirrorFacts.Failures.NONE,
            MirrorFacts.Watching.WHOLE),
        null,
        START);
  }
}
