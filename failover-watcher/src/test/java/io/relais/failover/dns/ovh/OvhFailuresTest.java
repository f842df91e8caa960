package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import io.relais.common.Secret;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.ovh.OvhException.Reason;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.HttpTimings;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class OvhFailuresTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String CALL = "PUT /1.0/domain/zone/example.org/record/1";

  private final OvhFailures failures =
      new OvhFailures(ImmutableList.of(Secret.of("s3cret"), Secret.of("")), () -> NOW);

  static Stream<Arguments> replies() {
    return Stream.of(
        code(403, "NOT_GRANTED_CALL", Reason.NOT_GRANTED, Cause.REFUSED, "ovh-login"),
        code(403, "INVALID_KEY", Reason.INVALID_KEY, Cause.REFUSED, "application_key"),
        code(403, "NOT_CREDENTIAL", Reason.NOT_CREDENTIAL, Cause.REFUSED, "consumer_key"),
        code(403, "INVALID_CREDENTIAL", Reason.INVALID_CREDENTIAL, Cause.REFUSED, "confirm"),
        code(403, "FORBIDDEN", Reason.FORBIDDEN, Cause.REFUSED, "IAM"),
        code(400, "INVALID_SIGNATURE", Reason.INVALID_SIGNATURE, Cause.REFUSED, "secret"),
        code(400, "QUERY_TIME_OUT", Reason.QUERY_TIME_OUT, Cause.RETRY, "clock"),
        code(401, "ANYTHING", Reason.UNAUTHORIZED, Cause.REFUSED, "client_id"),
        code(404, "NOT_FOUND", Reason.NOT_FOUND, Cause.REFUSED, "account"),
        code(460, "SERVICE_EXPIRED", Reason.EXPIRED, Cause.REFUSED, "renew"),
        code(409, "CONFLICT", Reason.BUSY, Cause.RETRY, "somebody else"),
        code(429, "QUOTA", Reason.THROTTLED, Cause.RETRY, "too many"),
        code(422, "STRANGE", Reason.BAD_REQUEST, Cause.REFUSED, "report"),
        code(500, "INTERNAL", Reason.SERVER, Cause.RETRY, "status"),
        code(503, "FORBIDDEN", Reason.SERVER, Cause.RETRY, "status"),
        classic(400, "Client::BadRequest", "Invalid signature", Reason.INVALID_SIGNATURE),
        classic(400, "Client::BadRequest", "Query out of time", Reason.QUERY_TIME_OUT),
        classic(400, "Client::BadRequest", "Invalid target", Reason.BAD_REQUEST),
        classic(403, "Client::Forbidden", "This application key is invalid", Reason.INVALID_KEY),
        classic(403, "Client::Forbidden", "This credential does not exist", Reason.NOT_CREDENTIAL),
        classic(
            403, "Client::Forbidden", "This credential is not valid", Reason.INVALID_CREDENTIAL),
        classic(403, "Client::Forbidden", "This call has not been granted", Reason.NOT_GRANTED),
        classic(403, "Client::Forbidden", "something else", Reason.FORBIDDEN),
        classic(404, "Client::NotFound", "This service does not exist", Reason.NOT_FOUND),
        arguments(502, "<html>Bad Gateway</html>", Reason.SERVER, Cause.RETRY, "status"),
        arguments(500, "", Reason.SERVER, Cause.RETRY, "status"),
        arguments(403, "<html>blocked</html>", Reason.NOT_THE_API, Cause.RETRY, "portal"),
        arguments(404, "not json", Reason.NOT_THE_API, Cause.RETRY, "endpoint"),
        arguments(302, "", Reason.NOT_THE_API, Cause.RETRY, "portal"),
        arguments(511, "<html>log in</html>", Reason.SERVER, Cause.RETRY, "status"));
  }

  private static Arguments code(int status, String code, Reason reason, Cause kind, String advice) {
    String body = "{\"errorCode\":\"" + code + "\",\"httpCode\":\"x\",\"message\":\"the words\"}";
    return arguments(status, body, reason, kind, advice);
  }

  private static Arguments classic(int status, String name, String message, Reason reason) {
    String body = "{\"class\":\"" + name + "\",\"message\":\"" + message + "\"}";
    Cause kind = reason == Reason.QUERY_TIME_OUT ? Cause.RETRY : Cause.REFUSED;
    return arguments(status, body, reason, kind, message);
  }

  @ParameterizedTest
  @MethodSource("replies")
  void tellsFailuresApart(int status, String body, Reason reason, Cause kind, String advice) {
    OvhException failure = failures.of(CALL, reply(status, body, "X-Ovh-QueryID", "EU.ext-7"));

    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.toProvider().kind()).isEqualTo(kind);
    assertThat(failure)
        .hasMessageStartingWith("OVH, " + CALL + ": answered " + status)
        .hasMessageContaining(advice)
        .hasMessageContaining("X-Ovh-QueryID EU.ext-7");
  }

  @Test
  void namesTheActionsThatIamRefused() {
    String body =
        """
        {"class":"Client::Forbidden","message":"User not granted for this request",
        "details":{"unauthorizedActionsByIAM":["dnsZone:apiovh:record/edit","other"]}}\
        """;

    assertThat(failures.of(CALL, reply(403, body, "X-Ovh-Query-ID", "EU.ext-8")))
        .hasMessageContaining("(not allowed: dnsZone:apiovh:record/edit, other)")
        .hasMessageContaining("EU.ext-8");
  }

  @ParameterizedTest
  @CsvSource({
    "7, PT7S",
    "0, PT0S",
    "'Fri, 02 Jan 2026 03:05:05 GMT', PT1M",
    "'Fri, 02 Jan 2026 03:04:00 GMT', PT0S",
    "999999, PT1H"
  })
  void waitsAsLongAsItIsAskedTo(String header, Duration wait) {
    OvhException failure = failures.of(CALL, reply(429, "{}", "Retry-After", header));

    assertThat(failure.toProvider().retryAfter()).contains(wait);
  }

  @ParameterizedTest
  @CsvSource({"soon", "-1", "''"})
  void ignoresAWaitThatItCannotRead(String header) {
    assertThat(failures.of(CALL, reply(503, "{}", "Retry-After", header)).toProvider().retryAfter())
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource(HttpException.Reason.class)
  void triesAgainWhenNoAnswerComes(HttpException.Reason kind) {
    HttpException cause =
        new HttpException(
            kind,
            "eu.api.ovh.com: it failed",
            HttpTimings.whole(Duration.ZERO),
            Optional.empty(),
            new IOException());

    OvhException failure = failures.of(CALL, true, cause);

    assertThat(failure.toProvider().kind()).isEqualTo(Cause.RETRY);
    assertThat(failure)
        .hasMessageContaining(CALL)
        .hasMessageContaining("it failed")
        .hasCause(cause);
  }

  @Test
  void neverRepeatsASecretThatComesBack() {
    assertThat(failures.of(CALL, reply(400, "{\"message\":\"bad s3cret\"}", "X", "y")))
        .hasMessageContaining("bad ***")
        .hasMessageNotContaining("s3cret");
    assertThat(
            failures.unreadable(CALL, reply(200, "{\"access_token\":\"tok3n\"}", "X", "y"), null))
        .hasMessageNotContaining("tok3n");
  }

  @Test
  void keepsAnswersOnOneLine() {
    assertThat(failures.of(CALL, reply(400, "{\"message\":\"a\\nb\\u001b[31m\"}", "X", "y")))
        .hasMessageContaining("a\\nb\\u001b");
  }

  private static HttpReply reply(int status, String body, String header, String value) {
    return new HttpReply(
        status,
        ImmutableListMultimap.of(header.toLowerCase(Locale.ROOT), value),
        body.getBytes(UTF_8),
        false,
        HttpTimings.whole(Duration.ZERO),
        Optional.empty(),
        Optional.empty());
  }
}
