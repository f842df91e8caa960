package io.relais.sync.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.remote.SyncTarget.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The room that files under way are still going to take, against a model of a disk. */
final class SpaceReservationsTest {
  private static final long SEED = Long.getLong("relais.seed", System.nanoTime());
  private static final int STEPS = Integer.getInteger("relais.roomSteps", 5_000);
  private static final long CAPACITY = 100_000;

  private final SpaceReservations reservations = new SpaceReservations();

  /** One disk, which a server asks about; what is under way to it; and what others do there. */
  private final class Model {
    final Random random;
    final long reserve;
    final List<Sending> underWay = new ArrayList<>();
    long free = CAPACITY;
    long othersHave;

    Model(long seed) {
      random = new Random(seed);
      reserve = random.nextInt(10_000);
    }

    void step() throws Exception {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> begin(1 + random.nextInt(60_000));
        case 3, 4, 5 -> somethingHappens();
        case 6 -> othersWrite();
        default -> othersRemove();
      }
      long left = underWay.stream().mapToLong(sending -> sending.left).sum();
      assertThat(free - left).as("free once all is there").isGreaterThanOrEqualTo(reserve);
    }

    void begin(long size) throws Exception {
      boolean calm = random.nextBoolean();
      SpaceReservations.Before before = reservations.before();
      disturb(calm);
      Space space = new Space(free, -1, CAPACITY, 7);
      disturb(calm);
      long left = underWay.stream().mapToLong(sending -> sending.left).sum();
      try {
        underWay.add(new Sending(reservations.take(before, space, size, reserve), size));
        assertThat(size).isLessThanOrEqualTo(free - left - reserve);
      } catch (TargetException e) {
        assertThat(e.reason()).isEqualTo(TargetException.Reason.NO_ROOM);
        if (calm) {
          assertThat(size).isGreaterThan(free - left - reserve);
        }
      }
    }

    /** What is under way goes on while the server is asked. */
    private void disturb(boolean calm) {
      for (int i = calm ? 0 : random.nextInt(3); i > 0; i--) {
        somethingHappens();
      }
    }

    private void somethingHappens() {
      if (underWay.isEmpty()) {
        return;
      }
      Sending sending = underWay.get(random.nextInt(underWay.size()));
      long part = Math.min(sending.left, random.nextInt(20_000));
      // A piece counts as sent before the disk has it.
      sending.share.sent(part);
      sending.left -= part;
      free -= part;
      if (sending.left == 0 || random.nextInt(20) == 0) {
        sending.share.close();
        underWay.remove(sending);
        free += sending.left > 0 ? sending.size - sending.left : 0;
      }
    }

    private void othersWrite() {
      long left = underWay.stream().mapToLong(sending -> sending.left).sum();
      long spare = free - left - reserve;
      long written = spare <= 0 ? 0 : random.nextLong(spare + 1);
      othersHave += written;
      free -= written;
    }

    private void othersRemove() {
      // Now and then everything, what was sent before included.
      long sent = underWay.stream().mapToLong(sending -> sending.size - sending.left).sum();
      othersHave = random.nextInt(3) == 0 ? 0 : othersHave - random.nextLong(othersHave + 1);
      free = CAPACITY - othersHave - sent;
    }
  }

  private static final class Sending {
    final SpaceReservations.Share share;
    final long size;
    long left;

    Sending(SpaceReservations.Share share, long size) {
      this.share = share;
      this.size = size;
      this.left = size;
    }
  }

  @RepeatedTest(5)
  void grantsWhatFitsAndNeverMoreThanThereIs(RepetitionInfo repetition, TestInfo test)
      throws Exception {
    long seed = SEED + repetition.getCurrentRepetition();
    System.out.println(test.getDisplayName() + ": seed " + seed);
    Model model = new Model(seed);
    for (int i = 0; i < STEPS; i++) {
      model.step();
    }
  }

  @Test
  void whatIsUnderWayToAnotherFileSystemTakesNothingHere() throws Exception {
    SpaceReservations.Share _ =
        reservations.take(reservations.before(), new Space(1_000, -1, CAPACITY, 1), 1_000, 0);
    SpaceReservations.Share here =
        reservations.take(reservations.before(), new Space(1_000, -1, CAPACITY, 2), 1_000, 0);

    assertThat(here).isNotNull();
  }
}
