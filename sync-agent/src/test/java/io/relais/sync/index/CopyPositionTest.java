package io.relais.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.heartbeat.Heartbeat;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CopyPositionTest {
  private static final Instant START = Instant.parse("2026-11-23T04:00:00Z");

  private final InMemoryIndex index = new InMemoryIndex();

  /** As after a restart. */
  private CopyPosition position() {
    return new CopyPosition(index);
  }

  private static Heartbeat heartbeat(long sequence, long generation) {
    return new Heartbeat(
        "site",
        sequence,
        START.plusSeconds(sequence),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.of(
            new Heartbeat.Standing(
                "in-sync",
                0,
                0,
                0,
                generation,
                Optional.empty(),
                Optional.empty(),
                Optional.empty())));
  }

  @Test
  void aHeartbeatThatWasNotedBeforeItWasLeftIsNoLead() {
    position().leaving(heartbeat(5, 0));
    position().found(heartbeat(5, 0));
    assertThat(position().lead()).isEmpty();

    position().found(heartbeat(4, 0)); // It crashed before it was left.
    assertThat(position().lead()).isEmpty();
  }

  @Test
  void aHeartbeatBeyondItIsALead() {
    position().leaving(heartbeat(5, 0));
    position().found(heartbeat(6, 0));

    CopyPosition.Lead lead = position().lead().orElseThrow();
    assertThat(lead.describe())
        .contains("its heartbeat 6 of 2026-11-23T04:00:06Z was left after")
        .contains("5 of 2026-11-23T04:00:05Z");
    assertThat(lead.finding()).isEqualTo("5/6/0");
  }

  @Test
  void whatIsLeftMeanwhileChangesNothingOfThat() {
    position().leaving(heartbeat(5, 0));
    position().found(heartbeat(9, 0));
    String finding = position().lead().orElseThrow().finding();
    position().leaving(heartbeat(10, 0));
    position().found(heartbeat(10, 0));
    position().promoted(1);

    assertThat(position().lead().orElseThrow().finding()).isEqualTo(finding);
  }

  @Test
  void endsOnceTheCopyIsNoLongerAhead() {
    position().leaving(heartbeat(5, 0));
    position().found(heartbeat(9, 0));
    position().found(heartbeat(5, 0));

    assertThat(position().lead()).isEmpty();
  }

  @Test
  void onceAcceptedTheCopysPositionIsItsOwn() {
    CopyPosition position = position();
    position.leaving(heartbeat(5, 0));
    position.found(heartbeat(9, 2));
    position.leaving(heartbeat(12, 2));
    position.accept();
    assertThat(position.lead()).isEmpty();
    assertThat(position.generation()).isEqualTo(2);

    position().found(heartbeat(12, 2));
    assertThat(position().lead()).isEmpty();
    position().found(heartbeat(13, 2));
    assertThat(position().lead()).isPresent();
  }

  @Test
  void aGenerationThatItHasSeenIsNoLeadAndOneThatItHasNotIs() {
    position().leaving(heartbeat(5, 0));
    position().promoted(1);
    position().found(heartbeat(5, 1));
    assertThat(position().lead()).isEmpty();
    assertThat(position().generation()).isEqualTo(1);

    position().found(heartbeat(4, 2));
    assertThat(position().lead().orElseThrow().describe())
        .contains("generation 2 there")
        .contains("and 1 here");
  }

  @Test
  void aNewStateThatSeesThePromotionItselfFitsToo() {
    CopyPosition position = position();
    position.promoted(2);
    position.found(heartbeat(5, 2));
    assertThat(position.lead()).isEmpty();
    position.leaving(heartbeat(6, position.generation()));

    position().found(heartbeat(6, 2));
    assertThat(position().lead()).isEmpty();
    assertThat(position().generation()).isEqualTo(2);
  }

  @Test
  void aNewStateFitsACopyThatNeverWasLiveAndNoOther() {
    position().found(heartbeat(5, 0));
    assertThat(position().lead()).isEmpty();
    position().found(heartbeat(5, 1));
    assertThat(position().lead()).isPresent();
    position().found(heartbeat(5, 0));
    assertThat(position().lead()).isEmpty();
  }
}
