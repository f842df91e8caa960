package io.relais.sync.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.source.OwnerCheck.Privileges;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrivilegesTest {
  private static final Account ALICE = new Account(1000);

  private static boolean trustsAlice(String uids, String capabilities) {
    return Privileges.of(
            List.of("Name:\tjava", "Uid:\t" + uids, "CapEff:\t" + capabilities, "Seccomp:\t0"))
        .isPlainly(ALICE);
  }

  @Test
  void whoeverRunsItWithoutRightsBeyondHisOwnMayLeadAnywhere() {
    assertThat(trustsAlice("1000\t1000\t1000\t1000", "0000000000000000")).isTrue();
    assertThat(trustsAlice("1000\t1000\t1000\t1000", "0000000000000400")).isTrue();
    assertThat(trustsAlice("1001\t1001\t1001\t1001", "0000000000000000")).isFalse();
  }

  @Test
  void notWithTheRightToReadWhatIsOthers() {
    assertThat(trustsAlice("1000\t1000\t1000\t1000", "0000000000000004")).isFalse();
    assertThat(trustsAlice("1000\t1000\t1000\t1000", "0000000000000002")).isFalse();
    assertThat(trustsAlice("0\t0\t0\t0", "000001ffffffffff")).isFalse();
  }

  @Test
  void whatCantBeReadCountsAsRoot() {
    assertThat(Privileges.of(List.of()).readsAll()).isTrue();
    assertThat(Privileges.of(List.of("Uid:\tx", "CapEff:\ty")).readsAll()).isTrue();
    assertThat(Privileges.own().uid()).isNotNegative();
  }
}
