package io.relais.sync.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many channels are given out. */
final class SessionBudgetTest {
  private final SessionBudget spare = new SessionBudget();

  @Test
  void givesOutAsManyAsMakeADifference() {
    int given = 0;
    while (spare.take()) {
      given++;
    }
    assertThat(given).isEqualTo(SessionBudget.MOST);
    spare.giveBack();
    assertThat(spare.take()).isTrue();
    assertThat(spare.take()).isFalse();
  }

  @Test
  void leavesOneForEachMirrorOfTheTenThatServersAllow() {
    for (int i = 0; i < 7; i++) {
      spare.leaveOne();
    }
    for (int i = 0; i < 3; i++) {
      assertThat(spare.take()).isTrue();
    }
    assertThat(spare.take()).isFalse();
    for (int i = 0; i < 5; i++) {
      spare.leaveOne();
    }
    spare.reset();
    assertThat(spare.take()).isFalse();
  }

  @Test
  void asksForNoMoreOnceTheServerHasRefusedOne() {
    assertThat(spare.take()).isTrue();
    assertThat(spare.take()).isTrue();
    spare.refuse();
    assertThat(spare.take()).isFalse();
    spare.reset();
    assertThat(spare.take()).isTrue();
  }

  @Test
  void givesWayToAMirrorThatHasNone() {
    assertThat(spare.makeRoom()).isFalse();
    spare.reset();
    assertThat(spare.take()).isTrue();
    assertThat(spare.makeRoom()).isTrue();
    spare.giveBack();
    assertThat(spare.take()).isFalse();
  }

  @Test
  void aRefusalMakesNoRoomThatWasGivenAway() {
    assertThat(spare.take()).isTrue();
    assertThat(spare.take()).isTrue();
    assertThat(spare.makeRoom()).isTrue();
    spare.refuse();
    spare.giveBack();
    assertThat(spare.take()).isFalse();
  }

  @Test
  void makesNoMoreConnectionsWhereTheyKeepBreaking() {
    for (int i = 0; i < 100; i++) {
      spare.broken();
    }
    assertThat(spare.mayConnect()).isFalse();
    spare.proven();
    assertThat(spare.mayConnect()).isTrue();
  }
}
