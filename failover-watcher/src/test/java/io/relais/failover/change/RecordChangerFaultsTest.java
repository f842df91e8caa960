package io.relais.failover.change;

import static io.relais.failover.change.ChangeBed.FIRST;
import static io.relais.failover.change.ChangeBed.SECOND;
import static io.relais.failover.change.ChangeBed.moved;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.Killed;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every call of every change fails once, in every way: the next runs end in a right zone. */
final class RecordChangerFaultsTest {
  @TempDir private Path directory;

  /** What is done, and what the zone is to be in the end. */
  enum Story {
    SWITCH,
    FOLLOW,
    FAIL_BACK,
    UNDONE_SWITCH,
    UNDONE_FAIL_BACK,
    OVERTAKEN_SWITCH;

    void prepare(ChangeBed bed) throws IOException, InterruptedException {
      if (this == FOLLOW || this == FAIL_BACK || this == UNDONE_FAIL_BACK) {
        bed.open().begin(ChangeKind.SWITCH, FIRST);
      }
      if (this == UNDONE_SWITCH || this == OVERTAKEN_SWITCH) {
        bed.zone.deploysAtOnce(false);
        bed.open().begin(ChangeKind.SWITCH, FIRST);
        bed.zone.deploysAtOnce(true);
      }
      if (this == UNDONE_FAIL_BACK) {
        bed.zone.deploysAtOnce(false);
        bed.open().begin(ChangeKind.FAIL_BACK, FIRST);
        bed.zone.deploysAtOnce(true);
      }
    }

    Outcome act(RecordChanger changer) throws IOException, InterruptedException {
      return switch (this) {
        case SWITCH -> changer.begin(ChangeKind.SWITCH, FIRST);
        case FOLLOW -> changer.begin(ChangeKind.FOLLOW, SECOND);
        case FAIL_BACK -> changer.begin(ChangeKind.FAIL_BACK, FIRST);
        case UNDONE_SWITCH, UNDONE_FAIL_BACK -> changer.undo();
        case OVERTAKEN_SWITCH -> changer.begin(ChangeKind.FAIL_BACK, SECOND);
      };
    }

    ImmutableMap<RecordKey, RrSet> goal(
        ImmutableMap<RecordKey, RrSet> found, ChangeSettings settings) {
      return switch (this) {
        case SWITCH, UNDONE_FAIL_BACK -> moved(found, settings, FIRST);
        case FOLLOW -> moved(found, settings, SECOND);
        case FAIL_BACK, UNDONE_SWITCH, OVERTAKEN_SWITCH -> found;
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Story.class)
  void endsInARightZoneWhateverCallFails(Story story) throws Exception {
    int calls = callsOf(story);
    assertThat(calls).isGreaterThan(6);
    for (CallFault blow : CallFault.values()) {
      for (int number = 0; number < calls; number++) {
        live(story, blow, number);
      }
    }
  }

  private ChangeBed bed(Story story) throws IOException, InterruptedException {
    ChangeBed bed = new ChangeBed(Files.createTempDirectory(directory, story.name()));
    story.prepare(bed);
    return bed;
  }

  private int callsOf(Story story) throws IOException, InterruptedException {
    ChangeBed bed = bed(story);
    int before = bed.zone.calls();
    story.act(bed.open());
    return bed.zone.calls() - before;
  }

  private void live(Story story, CallFault blow, int number)
      throws IOException, InterruptedException {
    String life = story + ", call " + number + " " + blow;
    ImmutableMap<RecordKey, RrSet> found = new ChangeBed(directory).zone.stored();
    ChangeBed bed = bed(story);
    RecordChanger changer = bed.open();
    bed.zone.intercept(blow.on(number));
    Outcome outcome;
    try {
      outcome = story.act(changer);
    } catch (Killed e) {
      changer = bed.open();
      outcome = changer.advance();
    }
    bed.zone.intercept(new Interceptor() {});
    // As its callers do: what could not be begun is begun again.
    outcome = outcome instanceof Outcome.Verified ? outcome : bed.finish(changer, outcome);
    if (!(outcome instanceof Outcome.Verified)) {
      outcome = bed.finish(changer, story.act(changer));
    }
    ImmutableMap<RecordKey, RrSet> goal = story.goal(found, bed.settings);
    if (!bed.zone.stored().equals(goal)) {
      outcome = bed.finish(changer, story.act(changer));
    }
    assertThat(outcome).as(life).isInstanceOf(Outcome.Verified.class);
    assertThat(bed.zone.stored()).as(life).isEqualTo(goal);
    assertThat(bed.zone.served("ns1")).as(life).isEqualTo(goal);
    assertThat(bed.zone.arrive()).as(life + ": requests that nobody looks after").isZero();
    assertThat(bed.twins()).as(life).isZero();
    assertThat(bed.open().underWay()).as(life).isEmpty();
    assertThat(bed.open().switched()).as(life).isEqualTo(!goal.equals(found));

    changer = bed.open();
    assertThat(changer.begin(ChangeKind.FAIL_BACK, SECOND))
        .as(life)
        .isInstanceOf(Outcome.Verified.class);
    assertThat(bed.zone.stored()).as(life).isEqualTo(found);
  }
}
