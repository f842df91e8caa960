package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.sync.target.InMemoryTarget;
import io.relais.sync.target.TargetUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HeartbeatsTest {
  private static final Instant START = Instant.parse("2026-11-23T04:00:00Z");
  private static final Optional<Duration> EVERY = Optional.of(Duration.ofSeconds(30));

  private static final Standing IN_SYNC = standing(Facts.Work.NONE);
  private static final Standing PENDING = standing(new Facts.Work(1, 1, false, null, null));

  private final InMemoryTarget target = InMemoryTarget.empty();
  private Instant now = START;
  private final Heartbeats heartbeats = new Heartbeats("site", EVERY, () -> now);

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
    heartbeats.beat(target, PENDING, 3);
    after(29);
    heartbeats.beat(target, PENDING, 3);
    assertThat(left()).isEqualTo(1);
    assertThat(heartbeats.due()).isEqualTo(START.plusSeconds(30));
    after(1);
    heartbeats.beat(target, PENDING, 3);

    assertThat(left()).isEqualTo(2);
  }

  @Test
  void saysHowThingsStand() throws IOException {
    heartbeats.beat(target, PENDING, 3);
    long first = last().sequence();

    assertThat(last()).isEqualTo(new Heartbeat("site", first, START, Optional.empty(), 3));
    after(30);
    heartbeats.beat(target, IN_SYNC, 0);
    assertThat(last()).isEqualTo(new Heartbeat("site", first + 1, now, Optional.of(now), 0));
  }

  @Test
  void remembersWhenItWasLastInSyncAlsoBetweenHeartbeats() throws IOException {
    heartbeats.beat(target, PENDING, 1);
    after(10);
    heartbeats.beat(target, IN_SYNC, 0);
    after(20);
    heartbeats.beat(target, PENDING, 1);

    assertThat(last().inSyncAt()).contains(START.plusSeconds(10));
  }

  @Test
  void theSequenceDoesNotGoBackOverARestart() throws IOException {
    heartbeats.beat(target, IN_SYNC, 0);
    after(30);
    heartbeats.beat(target, IN_SYNC, 0);
    long before = last().sequence();
    new Heartbeats("site", EVERY, () -> now).beat(target, IN_SYNC, 0);

    assertThat(last().sequence()).isGreaterThan(before);
  }

  @Test
  void leavesNoneWhereNoneIsWanted() throws IOException {
    Heartbeats none = new Heartbeats("site", Optional.empty(), () -> now);
    none.beat(target, IN_SYNC, 0);

    assertThat(left()).isZero();
    assertThat(none.due()).isEqualTo(Instant.MAX);
  }

  @Test
  void goesOnWhereItIsRefusedAndTriesAgain() throws IOException {
    target.disk().refusesHeartbeats(true);
    heartbeats.beat(target, IN_SYNC, 0);
    target.disk().refusesHeartbeats(false);
    heartbeats.beat(target, IN_SYNC, 0);
    assertThat(left()).isZero();
    after(30);
    heartbeats.beat(target, IN_SYNC, 0);

    assertThat(left()).isEqualTo(1);
  }

  @Test
  void passesOnThatTheConnectionIsLost() {
    target.loseConnection();

    assertThatThrownBy(() -> heartbeats.beat(target, IN_SYNC, 0))
        .isInstanceOf(TargetUnavailableException.class);
  }

  private static Standing standing(Facts.Work work) {
    return Standing.of(
        new Facts(
            new Facts.Connection.Up(),
            START,
            null,
            work,
            Facts.Failures.NONE,
            Facts.Watching.WHOLE),
        null,
        START);
  }
}
