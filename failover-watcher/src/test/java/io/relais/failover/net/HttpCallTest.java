package io.relais.failover.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HttpCallTest {
  @Test
  void showsNothingThatMayBeSecret() {
    HttpCall call =
        HttpCall.of(
                "POST",
                URI.create("https://user:key@maker.example:8443/trigger/e/with/key/KEY?token=key"),
                HttpLimits.within(Duration.ofSeconds(1)))
            .withHeaders(ImmutableMap.of("Authorization", "Bearer key"))
            .withBody("client_secret=key".getBytes(UTF_8));
    assertThat(call).hasToString("POST https://maker.example:8443");
  }
}
