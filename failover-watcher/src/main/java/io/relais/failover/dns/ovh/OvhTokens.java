package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Gets tokens for a service account (RFC 6749, section 4.4) and keeps each until shortly before it
 * runs out.
 */
final class OvhTokens implements OvhApi.Authorizer {
  private static final Duration MARGIN = Duration.ofSeconds(60);

  private final OvhSettings.ServiceAccount account;
  private @Nullable Token kept;

  OvhTokens(OvhSettings.ServiceAccount account) {
    this.account = account;
  }

  @Override
  public ImmutableMap<String, String> headers(OvhApi api, String method, String url, String body)
      throws OvhException, InterruptedException {
    Token token = kept;
    if (token == null || !token.isFresh(api.instant())) {
      token = ask(api);
      kept = token;
    }
    return ImmutableMap.of("Authorization", "Bearer " + token.value().value());
  }

  @Override
  public boolean isConsumerKey() {
    return false;
  }

  @Override
  public boolean renew(OvhException failure) {
    if (failure.reason() != OvhException.Reason.UNAUTHORIZED || kept == null) {
      return false;
    }
    kept = null;
    return true;
  }

  private Token ask(OvhApi api) throws OvhException, InterruptedException {
    String form =
        "grant_type=client_credentials&client_id="
            + encoded(account.clientId())
            + "&client_secret="
            + encoded(account.clientSecret().value())
            + "&scope=all";
    OvhApi.Response response =
        api.send(
            "POST",
            account.tokenUrl(),
            ImmutableMap.of(),
            "application/x-www-form-urlencoded",
            form);
    JsonNode token = response.json().path("access_token");
    if (!token.isTextual() || !token.asText().matches("[!-~]+")) {
      throw api.unreadable(response);
    }
    long seconds = Math.clamp(response.json().path("expires_in").asLong(0), 0, 86_400);
    return new Token(Secret.of(token.asText()), api.instant(), Duration.ofSeconds(seconds));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private record Token(Secret value, Instant since, Duration validity) {
    /** Not if the clock went back behind the token's birth: then its age is unknown. */
    boolean isFresh(Instant now) {
      return !now.isBefore(since) && now.isBefore(since.plus(validity).minus(MARGIN));
    }
  }
}
