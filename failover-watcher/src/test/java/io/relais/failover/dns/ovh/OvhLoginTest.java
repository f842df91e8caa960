package io.relais.failover.dns.ovh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhReply;
import io.relais.testbed.provider.OvhSimulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OvhLoginTest {
  private static final ImmutableSet<String> ZONES = ImmutableSet.of("example.org");
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private OvhSimulator ovh;

  @BeforeEach
  void start() throws IOException {
    ovh = OvhSimulator.start();
    ovh.zone("example.org");
  }

  @AfterEach
  void stop() {
    ovh.close();
  }

  @Test
  void asksForTheLeastRights() throws Exception {
    OvhLogin.Pending pending = login().request(application(), ZONES, false);

    assertThat(ovh.rules(pending.consumerKey()))
        .containsExactlyInAnyOrder(
            "GET /auth/currentCredential",
            "GET /domain/zone/example.org/record",
            "GET /domain/zone/example.org/record/*",
            "PUT /domain/zone/example.org/record/*",
            "GET /domain/zone/example.org/status",
            "POST /domain/zone/example.org/refresh");
    assertThat(pending.validationUrl().toString()).contains("credentialToken");
    assertThat(pending.toString()).doesNotContain(pending.consumerKey().value());
  }

  @Test
  void asksForMoreOnlyWhereRecordsComeAndGo() throws Exception {
    OvhLogin.Pending pending = login().request(application(), ZONES, true);

    assertThat(ovh.rules(pending.consumerKey()))
        .contains(
            "POST /domain/zone/example.org/record", "DELETE /domain/zone/example.org/record/*")
        .hasSize(8);
  }

  @Test
  void sendsNothingButTheApplicationsKey() throws Exception {
    login().request(application(), ZONES, false);

    assertThat(ovh.requests().getFirst().headers())
        .containsKey("x-ovh-application")
        .doesNotContainKeys("x-ovh-signature", "x-ovh-consumer");
  }

  @Test
  void waitsUntilTheUserHasConfirmed() throws Exception {
    OvhLogin.Pending pending = login().request(application(), ZONES, false);
    ovh.inject(
        3,
        request -> request.path().equals("/auth/currentCredential"),
        new OvhFault.Run(() -> ovh.setState(pending.consumerKey(), "validated"), () -> {}));

    login().awaitValidation(pending, LONG);

    assertThat(ovh.requests())
        .filteredOn(request -> request.path().equals("/auth/currentCredential"))
        .hasSize(3);
  }

  @Test
  void waitsOnThroughFailures() throws Exception {
    OvhLogin.Pending pending = login().request(application(), ZONES, false);
    ovh.setState(pending.consumerKey(), "validated");
    ovh.inject(1, request -> true, new OvhFault.CloseBefore());
    ovh.inject(2, request -> true, new OvhFault.Answer(OvhReply.of(502, "<html>")));

    login().awaitValidation(pending, LONG);
  }

  @Test
  void endsWhenTheUserTakesTooLong() throws Exception {
    OvhLogin.Pending pending = login().request(application(), ZONES, false);

    DnsProviderException failure =
        catchThrowableOfType(
            DnsProviderException.class, () -> login().awaitValidation(pending, Duration.ZERO));

    assertThat(failure.kind()).isEqualTo(Cause.RETRY);
    assertThat(failure).hasMessageContaining("not confirmed in time");
  }

  @Test
  void endsAtOnceWhenTheUserRefuses() throws Exception {
    OvhLogin.Pending pending = login().request(application(), ZONES, false);
    ovh.injectAlways(
        request -> request.path().equals("/auth/currentCredential"),
        new OvhFault.Answer(OvhReply.of(200, "{\"status\":\"refused\"}")));

    assertThat(
            catchThrowableOfType(
                    DnsProviderException.class, () -> login().awaitValidation(pending, LONG))
                .kind())
        .isEqualTo(Cause.REFUSED);
  }

  @Test
  void saysThatTheApplicationIsUnknown() {
    var application =
        new OvhCredentials.Application("ovh-eu", ovh.endpoint(), "wrong", Secret.of("s"));

    assertThatThrownBy(() -> login().request(application, ZONES, false))
        .isInstanceOf(DnsProviderException.class)
        .hasMessageContaining("check application_key and endpoint");
  }

  @Test
  void refusesAnAnswerWithoutAKey() {
    ovh.injectAlways(request -> true, new OvhFault.Answer(OvhReply.of(200, "{}")));

    assertThatThrownBy(() -> login().request(application(), ZONES, false))
        .hasMessageContaining("POST /1.0/auth/credential");
  }

  // ---- the file

  @Test
  void writesAFileThatTheLookupReads() throws Exception {
    Path file = directory.resolve("ovh.conf");

    OvhLogin.write(file, pending("ovh-eu"));

    assertThat(mode(file)).isEqualTo("rw-------");
    OvhCredentials.Account found =
        OvhCredentials.find(
            new OvhCredentials.Configured(
                Optional.of(file), Optional.empty(), Optional.empty(), false),
            Map.of(),
            new OvhCredentials.Places(directory, Optional.empty(), directory));
    assertThat(found.endpointName()).isEqualTo("ovh-eu");
    assertThat(((OvhSettings.ApplicationKeys) found.authentication()).consumerKey().value())
        .isEqualTo("ck");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void writesASectionForAUrl() throws Exception {
    Path file = directory.resolve("ovh.conf");

    OvhLogin.write(file, pending("http://[::1]:8080/1.0"));

    assertThat(Files.readString(file)).contains("[http://[::1]:8080/1.0]\napplication_key = key");
  }

  @Test
  void keepsWhatElseTheFileHolds() throws Exception {
    Path file = directory.resolve("ovh.conf");
    Files.writeString(
        file,
        """
        # ours
        [default]
        endpoint = ovh-ca

        [ovh-eu]
        ; the old one
        Consumer_Key=old
        other = 1

        [ovh-ca]
        application_key = ca
        """);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    OvhLogin.write(file, pending("ovh-eu"));

    assertThat(Files.readString(file))
        .isEqualTo(
            """
            # ours
            [default]
            endpoint = ovh-ca

            [ovh-eu]
            ; the old one
            consumer_key = ck
            other = 1
            application_key = key
            application_secret = secret

            [ovh-ca]
            application_key = ca
            """);
    assertThat(mode(file)).isEqualTo("rw-------");
  }

  @Test
  void writesThroughALink() throws Exception {
    Path real = Files.writeString(directory.resolve("real"), "");
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);

    OvhLogin.write(link, pending("ovh-eu"));

    assertThat(link).isSymbolicLink();
    assertThat(Files.readString(real)).contains("consumer_key = ck");
  }

  @Test
  void doesNotMixTwoWaysToLogIn() throws Exception {
    Path file = Files.writeString(directory.resolve("ovh.conf"), "[ovh-eu]\nclient_id = i\n");

    assertThatThrownBy(() -> OvhLogin.write(file, pending("ovh-eu")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("service account");
    assertThat(Files.readString(file)).isEqualTo("[ovh-eu]\nclient_id = i\n");
  }

  private OvhLogin.Pending pending(String endpointName) {
    return new OvhLogin.Pending(
        new OvhCredentials.Application(endpointName, ovh.endpoint(), "key", Secret.of("secret")),
        Secret.of("ck"),
        URI.create("https://www.ovh.com/auth/"));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private OvhLogin login() {
    return new OvhLogin(
        new JdkHttpCaller(), InstantSource.system(), Duration.ofSeconds(10), Duration.ofMillis(1));
  }

  private OvhCredentials.Application application() {
    return new OvhCredentials.Application(
        "ovh-eu", ovh.endpoint(), ovh.applicationKey(), ovh.applicationSecret());
  }
}
