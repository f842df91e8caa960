package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * SIGKILL at every step of every change: when a request arrives and is not carried out, when it was
 * carried out and its reply is lost, and while the servers don't show the change yet. The next runs
 * have to end in a right and verified zone. A run mostly waits, so the changes are tried beside
 * each other.
 */
@Tag("real")
@Execution(ExecutionMode.CONCURRENT)
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class KillTest {
  private record Trial(KilledChange change, FailoverBed.Holder holder) {}

  private static Trials<Trial> trials;

  @BeforeAll
  static void begin(@TempDir Path folder) {
    List<Trial> all = new ArrayList<>();
    for (KilledChange change : KilledChange.values()) {
      for (FailoverBed.Holder holder : FailoverBed.Holder.values()) {
        all.add(new Trial(change, holder));
      }
    }
    trials = new Trials<>(all, trial -> run(folder, trial));
  }

  private static void run(Path folder, Trial trial) throws IOException {
    Path place = Files.createDirectory(folder.resolve(trial.change() + "-" + trial.holder()));
    try (FailoverBed bed = FailoverBed.open(place, trial.holder());
        Wiretap tap = KillTrial.tap(bed)) {
      int points = new KillTrial(bed, tap, trial.change()).everyPoint();
      assertThat(points).isGreaterThan(5);
    }
  }

  @AfterAll
  static void end() {
    trials.close();
  }

  @Execution(ExecutionMode.SAME_THREAD) // each has several trials at once
  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void endsARightZoneWhenKilledInASwitch(FailoverBed.Holder holder) throws Throwable {
    trials.require(new Trial(KilledChange.SWITCH, holder));
  }

  @Execution(ExecutionMode.SAME_THREAD) // each has several trials at once
  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void endsARightZoneWhenKilledInAFailBack(FailoverBed.Holder holder) throws Throwable {
    trials.require(new Trial(KilledChange.FAIL_BACK, holder));
  }

  @Execution(ExecutionMode.SAME_THREAD) // each has several trials at once
  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void endsARightZoneWhenKilledWhileFollowingTheAddress(FailoverBed.Holder holder)
      throws Throwable {
    trials.require(new Trial(KilledChange.FOLLOW, holder));
  }
}
