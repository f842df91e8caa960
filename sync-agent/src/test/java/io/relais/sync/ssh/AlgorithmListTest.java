package io.relais.sync.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.ssh.HopSession.Configurer;
import java.util.List;
import org.apache.sshd.common.kex.KexProposalOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AlgorithmListTest {
  private static final List<String> DEFAULTS = List.of("aes128-gcm", "aes256-gcm", "chacha20");
  private static final List<String> AVAILABLE =
      List.of("chacha20", "aes256-gcm", "aes128-gcm", "aes128-ctr", "3des");

  /** ssh_config(5), Ciphers. */
  @ParameterizedTest
  @CsvSource({
    "'chacha20,aes128-ctr', chacha20 aes128-ctr",
    "'unknown,3des', 3des",
    "'+3des,aes256-gcm', aes128-gcm aes256-gcm chacha20 3des",
    "'^chacha20', chacha20 aes128-gcm aes256-gcm",
    "'-aes*', chacha20",
    "'-*', ''",
    "'aes???-ctr', aes128-ctr",
    "'', ''",
  })
  void isAppliedAsOpenSshDoes(String spec, String expected) {
    assertThat(String.join(" ", AlgorithmList.apply(spec, DEFAULTS, AVAILABLE)))
        .isEqualTo(expected);
  }

  @Test
  void whatProtectsNothingIsNotAmongThem() {
    assertThat(Configurer.available(KexProposalOption.C2SENC)).contains("aes128-cbc");
    assertThat(AlgorithmList.apply("*", List.of(), Configurer.available(KexProposalOption.C2SENC)))
        .isNotEmpty()
        .doesNotContain("none");
  }
}
