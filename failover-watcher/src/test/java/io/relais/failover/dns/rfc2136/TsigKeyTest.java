package io.relais.failover.dns.rfc2136;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.relais.common.Secret;
import org.junit.jupiter.api.Test;

final class TsigKeyTest {
  private static final Secret SECRET = Secret.of("YSBzZWNyZXQ=");

  @Test
  void namesTheAlgorithmsWhereItDoesNotKnowOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TsigKey.of("failover", "sha256", SECRET))
        .withMessageContaining("hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256");
  }

  @Test
  void refusesASecretThatIsNotBase64WithoutShowingIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TsigKey.of("failover", "hmac-sha256", Secret.of("p%ssw0rd")))
        .withMessageContaining("not base64")
        .withMessageNotContaining("p%ssw0rd")
        .withNoCause();
  }

  @Test
  void refusesAnEmptySecret() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TsigKey.of("failover", "hmac-sha256", Secret.of(" \n")))
        .withMessageContaining("is empty");
  }

  @Test
  void refusesANameThatIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TsigKey.of("fail..over", "hmac-sha256", SECRET))
        .withMessageContaining("'fail..over' is not a valid DNS name");
  }

  @Test
  void showsItsNameAndNotItsSecret() {
    assertThat(TsigKey.of("failover", "hmac-sha512", SECRET)).hasToString("failover (hmac-sha512)");
  }
}
