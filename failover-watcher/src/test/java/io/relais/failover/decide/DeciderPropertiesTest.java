package io.relais.failover.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Observation.Sight;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A seed that fails is printed; {@code -Drelais.seed=N} begins with it. */
final class DeciderPropertiesTest {
  private static final int RUNS = 400;
  private static final int ROUNDS = 400;
  private static final Duration DAY = Duration.ofHours(24);

  @Test
  void keepsItsLimitsWhateverIsSeen() {
    seeds(DeciderPropertiesTest::anything);
  }

  @Test
  void comesToRestWhenInputsAreStable() {
    seeds(DeciderPropertiesTest::stable);
  }

  @Test
  void flapsNoFasterThanItsLimits() {
    seeds(DeciderPropertiesTest::flapping);
  }

  private static void seeds(Consumer<Random> test) {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("relais.seed=" + first);
    for (long seed = first; seed < first + RUNS; seed++) {
      try {
        test.accept(new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void anything(Random random) {
    Policy policy = policy(random);
    Decider decider = new Decider(policy);
    Instant now = WatchStates.NOW;
    Duration elapsed = Duration.ZERO;
    WatchState state = WatchState.initial(now);
    List<Duration> switches = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      Duration step = step(random);
      now = now.plus(step);
      elapsed = step.isNegative() ? elapsed : elapsed.plus(step);
      Observation seen = observation(random);
      Decision decision = decider.decide(state, seen, now);
      check(policy, state, seen, decision, step);
      if (seen.command().filter(Command.RESUME::equals).isPresent()
          && decision.refusal().isEmpty()) {
        switches.clear();
      }
      if (neverBegun(state, seen) && !isByHand(state) && !switches.isEmpty()) {
        switches.removeLast();
      }
      if (decision.action() == Action.SWITCH) {
        Duration dayAgo = elapsed.minus(DAY);
        switches.removeIf(at -> at.compareTo(dayAgo) <= 0);
        if (!isByHand(decision.next())) {
          assertThat(switches.size()).isLessThan(policy.switchesPerDay());
          switches.add(elapsed);
        }
      }
      state = decision.next();
    }
  }

  private static boolean isByHand(WatchState state) {
    return state.pending().filter(WatchState.BegunChange::byHand).isPresent();
  }

  private static boolean neverBegun(WatchState before, Observation seen) {
    return before.phase() == Phase.SWITCHING
        && seen.change() == ChangeStatus.NONE
        && switch (seen.place()) {
          case PRODUCTION, MIXED, UNKNOWN -> true;
          case BACKUP, OLD_BACKUP, FOREIGN -> false;
        };
  }

  private static void check(
      Policy policy, WatchState before, Observation seen, Decision decision, Duration step) {
    Supplier<String> what = () -> before + " " + seen + " " + decision;
    boolean asked = seen.command().isPresent() && decision.refusal().isEmpty();
    boolean active =
        seen.change() == ChangeStatus.UNDER_WAY || seen.change() == ChangeStatus.RETRYING;
    switch (decision.action()) {
      case SWITCH -> {
        assertThat(active).as(what).isFalse();
        assertThat(seen.backup())
            .as(what)
            .isIn(
                asked && seen.command().equals(Optional.of(Command.FORCE_SWITCH))
                    ? ImmutableList.of(Backup.READY, Backup.UNREADY)
                    : ImmutableList.of(Backup.READY));
        assertThat(asked || mayAutomatically(before, seen, step)).as(what).isTrue();
      }
      case FAIL_BACK -> {
        assertThat(active).as(what).isFalse();
        assertThat(
                asked
                    || (policy.automaticFailback()
                        && seen.unreturned().isEmpty()
                        && seen.production() == Production.UP))
            .as(what)
            .isTrue();
      }
      case FOLLOW -> {
        assertThat(active).as(what).isFalse();
        assertThat(seen.place()).as(what).isEqualTo(RecordPlace.OLD_BACKUP);
        assertThat(seen.backup()).as(what).isEqualTo(Backup.READY);
        assertThat(seen.production() == Production.UP || seen.sight() != Sight.BLIND)
            .as(what)
            .isTrue();
      }
      case UNDO -> assertThat(active).as(what).isTrue();
      case CONTINUE -> assertThat(active || asked).as(what).isTrue();
      case NONE ->
          assertThat(
                  decision.next().phase() != Phase.SWITCHING
                      || (seen.change() == ChangeStatus.RETRYING
                          && seen.production() == Production.UP))
              .as(what)
              .isTrue();
    }
    WatchState next = decision.next();
    if (!step.isNegative()) {
      assertThat(next.since().equals(before.since()))
          .as(what)
          .isEqualTo(next.phase() == before.phase() || step.isZero());
    }
    assertThat(next.phase() == Phase.UP || !next.reason().isEmpty()).as(what).isTrue();
    assertThat(next.phase() != Phase.HALTED || asked || decision.action() == Action.NONE)
        .as(what)
        .isTrue();
    boolean blind = seen.production() == Production.DOWN && seen.sight() == Sight.BLIND;
    boolean sameRow = !step.isNegative() && step.compareTo(policy.maxGap()) <= 0;
    if (blind && sameRow && !next.health().samples().isEmpty()) {
      assertThat(next.health().samples()).as(what).isEqualTo(before.health().samples());
      assertThat(next.health().failures()).as(what).isEqualTo(before.health().failures());
      assertThat(next.health().goodRounds()).as(what).isEqualTo(before.health().goodRounds());
    }
  }

  private static boolean mayAutomatically(WatchState before, Observation seen, Duration step) {
    boolean resumed = seen.command().filter(Command.RESUME::equals).isPresent();
    return seen.production() == Production.DOWN
        && seen.sight() == Sight.CLEAR
        && (!before.held() || resumed)
        && !step.isNegative();
  }

  private static void stable(Random random) {
    Policy policy = policy(random);
    Decider decider = new Decider(policy);
    Instant now = WatchStates.NOW;
    WatchState state = WatchState.initial(now);
    for (int round = 0; round < random.nextInt(200); round++) {
      now = now.plus(step(random));
      state = decider.decide(state, observation(random), now).next();
    }
    Observation inputs = observation(random);
    ChangeStatus end = any(random, ChangeStatus.values());
    SimulatedZone world =
        new SimulatedZone(any(random, RecordPlace.values()), random.nextInt(30), end);
    ImmutableList.Builder<String> late = ImmutableList.builder();
    for (int round = 0; round < 1_000; round++) {
      now = now.plusSeconds(5);
      Decision decision = decider.decide(state, world.seen(inputs), now);
      // What can't be begun is tried again for ever.
      boolean moved =
          end != ChangeStatus.NONE
              && (decision.next().phase() != state.phase()
                  || (decision.action() != Action.NONE && decision.action() != Action.CONTINUE));
      if (round >= 800 && moved) {
        late.add(state.phase() + " " + decision.action() + " " + decision.next().phase());
      }
      world.act(decision.action());
      state = decision.next();
    }
    assertThat(late.build()).as(policy + " " + inputs).isEmpty();
  }

  /** Production as nasty as can be, the backup ready, and each change quick. */
  private static void flapping(Random random) {
    Policy policy = policy(random);
    Decider decider = new Decider(policy);
    SimulatedZone world = new SimulatedZone(RecordPlace.PRODUCTION, 0, ChangeStatus.VERIFIED);
    Instant now = WatchStates.NOW;
    WatchState state = WatchState.initial(now);
    Optional<Instant> arrived = Optional.empty();
    Optional<Instant> back = Optional.empty();
    boolean up = true;
    for (int round = 0; round < 5 * ROUNDS; round++) {
      now = now.plusSeconds(5);
      up = random.nextInt(up ? 300 : 12) == 0 ? !up : up;
      Decision decision =
          decider.decide(state, world.seen(up ? Observations.up() : Observations.down()), now);
      Phase next = decision.next().phase();
      arrived =
          state.phase() == Phase.SWITCHING && next == Phase.ON_BACKUP ? Optional.of(now) : arrived;
      back = state.phase() == Phase.FAILING_BACK && next == Phase.UP ? Optional.of(now) : back;
      if (decision.action() == Action.FAIL_BACK) {
        assertThat(Duration.between(arrived.orElseThrow(), now))
            .isGreaterThanOrEqualTo(policy.minimumStay())
            .isGreaterThanOrEqualTo(policy.failbackAfter());
      }
      if (decision.action() == Action.SWITCH && back.isPresent()) {
        assertThat(Duration.between(back.get(), now))
            .isGreaterThanOrEqualTo(Duration.ofSeconds(5L * policy.failures()));
      }
      world.act(decision.action());
      state = decision.next();
    }
  }

  private static Policy policy(Random random) {
    return new Policy(
        2 + random.nextInt(4),
        0.3 + random.nextInt(7) / 10.0,
        Duration.ofSeconds(30 + random.nextInt(120)),
        1 + random.nextInt(4),
        Duration.ofSeconds(random.nextInt(600)),
        1 + random.nextInt(4),
        random.nextBoolean(),
        Duration.ofSeconds(20 + random.nextInt(600)),
        Duration.ofMinutes(15));
  }

  private static Duration step(Random random) {
    return switch (random.nextInt(60)) {
      case 0 -> Duration.ofSeconds(-1 - random.nextInt(10_000));
      case 1 -> Duration.ofMinutes(15 + random.nextInt(600));
      case 2, 3, 4 -> Duration.ofMinutes(1 + random.nextInt(15));
      default -> Duration.ofSeconds(5);
    };
  }

  /** Anything, but often what makes it move. */
  private static Observation observation(Random random) {
    boolean rare = random.nextInt(4) == 0;
    return new Observation(
        random.nextInt(3) > 0 ? Production.DOWN : any(random, Production.values()),
        rare ? any(random, Sight.values()) : Sight.CLEAR,
        random.nextInt(5) == 0 ? any(random, Backup.values()) : Backup.READY,
        random.nextInt(5) == 0 ? any(random, RecordPlace.values()) : RecordPlace.UNKNOWN,
        random.nextInt(3) == 0 ? any(random, ChangeStatus.values()) : ChangeStatus.NONE,
        random.nextInt(20) == 0 ? Optional.of(any(random, Command.values())) : Optional.empty(),
        random.nextInt(4) == 0 ? "not returned yet" : "",
        "");
  }

  private static <T> T any(Random random, T[] values) {
    return values[random.nextInt(values.length)];
  }
}
