package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.sync.index.CopyPosition;
import io.relais.sync.index.InMemoryIndex;
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

  private static final Instant SEEN = START.minusSeconds(7);
  private static final MirrorFacts IN_SYNC =
      facts(MirrorFacts.Work.NONE, MirrorFacts.Failures.NONE);
  private static final MirrorFacts PENDING =
      facts(new MirrorFacts.Work(1, 3, false, SEEN, null, null), MirrorFacts.Failures.NONE);
  private static final MirrorFacts UNDELETABLE =
      facts(MirrorFacts.Work.NONE, new MirrorFacts.Failures(1, 0, 1, null));
  private static final MirrorFacts FAILING =
      facts(MirrorFacts.Work.NONE, new MirrorFacts.Failures(2, 1, 1, SEEN));

  private final InMemoryTarget target = InMemoryTarget.empty();
  private final CopyPosition position = new CopyPosition(new InMemoryIndex());
  private Instant now = START;
  private final HeartbeatWriter heartbeatWriter =
      new HeartbeatWriter("site", EVERY, position, () -> now);

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

  private void beat(HeartbeatWriter writer, MirrorFacts facts) throws IOException {
    writer.beat(target, facts, MirrorStatus.of(facts, null, now));
  }

  private void beat(MirrorFacts facts) throws IOException {
    beat(heartbeatWriter, facts);
  }

  private static Heartbeat.Standing standing(String state, long failing, long missing, long alone) {
    return new Heartbeat.Standing(
        state,
        failing,
        missing,
        alone,
        0,
        Optional.of(Long.MAX_VALUE),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void leavesOneAtOnceAndThenOneAnInterval() throws IOException {
    beat(PENDING);
    after(29);
    beat(PENDING);
    assertThat(left()).isEqualTo(1);
    assertThat(heartbeatWriter.due()).isEqualTo(START.plusSeconds(30));
    after(1);
    beat(PENDING);

    assertThat(left()).isEqualTo(2);
  }

  @Test
  void saysHowThingsStand() throws IOException {
    beat(PENDING);
    long first = last().sequence();

    assertThat(last())
        .isEqualTo(
            new Heartbeat(
                "site",
                first,
                START,
                Optional.empty(),
                Optional.of(SEEN),
                3,
                Optional.of(standing("pending", 0, 0, 0))));
    after(30);
    beat(FAILING);
    assertThat(last())
        .isEqualTo(
            new Heartbeat(
                "site",
                first + 1,
                now,
                Optional.empty(),
                Optional.of(SEEN),
                2,
                Optional.of(standing("failing", 2, 1, 1))));
    beat(IN_SYNC);
    assertThat(last())
        .isEqualTo(
            new Heartbeat(
                "site",
                first + 2,
                now,
                Optional.of(now),
                Optional.of(now),
                0,
                Optional.of(standing("in-sync", 0, 0, 0))));
  }

  @Test
  void saysThatItIsInSyncSoonAndTroubleAtOnce() throws IOException {
    beat(PENDING);
    after(1);
    beat(IN_SYNC);
    assertThat(left()).isEqualTo(1);
    assertThat(heartbeatWriter.due()).isEqualTo(START.plus(HeartbeatWriter.SOONEST));
    after(4);
    beat(IN_SYNC);
    assertThat(left()).isEqualTo(2);
    after(1);
    beat(PENDING);
    assertThat(left()).as("that something waits is no news").isEqualTo(2);
    beat(FAILING);
    assertThat(left()).isEqualTo(3);
    beat(IN_SYNC);
    assertThat(left()).isEqualTo(4);
  }

  @Test
  void whatCanOnlyNotBeDeletedMakesNoCopyIncomplete() throws IOException {
    beat(UNDELETABLE);

    assertThat(last().appliedUntil()).contains(START);
    assertThat(last().inSyncAt()).isEmpty();
  }

  @Test
  void remembersWhenItWasLastCompleteAlsoBetweenHeartbeats() throws IOException {
    beat(PENDING);
    after(2);
    beat(IN_SYNC);
    after(28);
    beat(facts(new MirrorFacts.Work(1, 1, true, null, null, null), MirrorFacts.Failures.NONE));

    assertThat(last().inSyncAt()).contains(START.plusSeconds(2));
    assertThat(last().appliedUntil()).contains(START.plusSeconds(2));
  }

  @Test
  void aRestartForgetsNothing() throws IOException {
    beat(IN_SYNC);
    long before = last().sequence();
    after(600);
    HeartbeatWriter next = new HeartbeatWriter("site", EVERY, position, () -> now);
    next.connected(target);
    beat(
        next, facts(new MirrorFacts.Work(1, 1, true, null, null, null), MirrorFacts.Failures.NONE));

    assertThat(left()).isEqualTo(2);
    assertThat(last().inSyncAt()).contains(START);
    assertThat(last().appliedUntil()).contains(START);
    assertThat(last().sequence()).isGreaterThan(before);
  }

  @Test
  void theSequenceDoesNotGoBackWhereTheClockDoes() throws IOException {
    beat(IN_SYNC);
    long before = last().sequence();
    after(-3600);
    HeartbeatWriter next = new HeartbeatWriter("site", EVERY, position, () -> now);
    next.connected(target);
    beat(next, PENDING);

    assertThat(last().sequence()).isGreaterThan(before);
    assertThat(last().inSyncAt()).as("a time to come is nobody's word").isEmpty();
  }

  @Test
  void takesACopyThatWasRestoredForWhatItSays() throws IOException {
    beat(IN_SYNC);
    byte[] old = target.disk().heartbeats().getLast();
    after(30);
    beat(IN_SYNC);
    target.disk().heartbeats().add(old);
    heartbeatWriter.connected(target);
    beat(facts(new MirrorFacts.Work(1, 1, true, null, null, null), MirrorFacts.Failures.NONE));

    assertThat(last().appliedUntil()).contains(START);
  }

  @Test
  void replacesWhatIsNotAHeartbeat() throws IOException {
    target.disk().heartbeats().add(new byte[] {'{'});
    heartbeatWriter.connected(target);
    beat(PENDING);

    assertThat(last().appliedUntil()).contains(SEEN);
  }

  @Test
  void leavesNoneWhereNoneIsWanted() throws IOException {
    HeartbeatWriter none = new HeartbeatWriter("site", Optional.empty(), position, () -> now);
    none.connected(target);
    beat(none, IN_SYNC);

    assertThat(left()).isZero();
    assertThat(none.due()).isEqualTo(Instant.MAX);
  }

  @Test
  void goesOnWhereItIsRefusedAndTriesAgain() throws IOException {
    target.disk().refusesHeartbeats(true);
    beat(IN_SYNC);
    target.disk().refusesHeartbeats(false);
    beat(IN_SYNC);
    assertThat(left()).isZero();
    after(30);
    beat(IN_SYNC);

    assertThat(left()).isEqualTo(1);
  }

  @Test
  void passesOnThatTheConnectionIsLost() {
    target.loseConnection();

    assertThatThrownBy(() -> beat(IN_SYNC)).isInstanceOf(TargetUnavailableException.class);
  }

  private static MirrorFacts facts(MirrorFacts.Work work, MirrorFacts.Failures failures) {
    return new MirrorFacts(
        new MirrorFacts.Connection.Up(),
        START.minusSeconds(60),
        null,
        work,
        failures,
        MirrorFacts.Watching.WHOLE,
        null);
  }
}
