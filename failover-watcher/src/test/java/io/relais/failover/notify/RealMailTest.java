package io.relais.failover.notify;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import io.relais.failover.notify.ChannelSettings.Login;
import io.relais.failover.notify.ChannelSettings.Mail;
import io.relais.failover.notify.ChannelSettings.Security;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Needs Debian's exim4-daemon-light. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class RealMailTest {
  private static final String PASSWORD = "s3cret-of-exim";

  @TempDir private Path directory;

  private Path authority = Path.of("");
  private @Nullable EximServer running;

  private EximServer exim() {
    return requireNonNull(running);
  }

  @BeforeEach
  void start() throws Exception {
    TlsIdentity identity = TlsIdentity.of("localhost");
    authority = identity.write(directory);
    running = new EximServer(directory, identity, "watcher", PASSWORD);
  }

  @AfterEach
  void stop() throws Exception {
    exim().close();
  }

  private Mail mail(Security security, Optional<Login> login, String... to) {
    int port = security == Security.TLS ? exim().tlsPort() : exim().startTlsPort();
    return new Mail(
        "mail",
        Notices.ALL,
        HostAndPort.fromParts("localhost", port),
        security,
        login,
        "Watcher <watcher@example.org>",
        ImmutableList.copyOf(to),
        security == Security.NONE ? Optional.empty() : Optional.of(authority));
  }

  private static Channel channel(Mail mail) {
    return new MailChannel(mail, MailChannel.Limits.of(Duration.ofSeconds(10)));
  }

  private static DeliveryException refused(Mail mail) {
    return catchThrowableOfType(
        DeliveryException.class, () -> channel(mail).send("0001", Notices.switched()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Security.class,
      names = {"STARTTLS", "TLS"})
  void deliversOverTlsWithALogin(Security security) throws Exception {
    channel(mail(security, MailChannelTest.login(PASSWORD), "me@example.org"))
        .send("0001", Notices.switched().withTitle("Moved: é"));
    await().until(() -> exim().mailbox().contains("Message-ID"));
    assertThat(exim().mailbox())
        .contains("Envelope-to: me@example.org")
        .contains("Message-ID: <0001.relais@example.org>")
        .contains("Auto-Submitted: auto-generated")
        .contains("Subject: =?UTF-8?Q?Moved:_=C3=A9?=")
        .contains("with esmtpsa")
        .doesNotContain(PASSWORD);
  }

  @Test
  void isToldAWrongPasswordAndAMissingOne() {
    DeliveryException wrong =
        refused(mail(Security.STARTTLS, MailChannelTest.login("wrong-one"), "me@example.org"));
    assertThat(wrong.isPermanent()).isTrue();
    assertThat(wrong).hasMessageContaining("login").hasMessageNotContaining("wrong-one");
    DeliveryException missing =
        refused(mail(Security.STARTTLS, Optional.empty(), "me@example.org"));
    assertThat(missing.isPermanent()).isTrue();
    assertThat(missing).hasMessageContaining("log in first");
  }

  @Test
  void sendsNoPasswordWithoutTls() {
    DeliveryException failure =
        refused(mail(Security.NONE, MailChannelTest.login(PASSWORD), "me@example.org"));
    assertThat(failure).hasMessageContaining("offers no login");
  }

  @Test
  void sortsRecipientsIntoTakenRefusedAndLater() throws Exception {
    DeliveryException gone =
        refused(
            mail(
                Security.TLS,
                MailChannelTest.login(PASSWORD),
                "me@example.org",
                "gone@example.org"));
    assertThat(gone.isPermanent()).isTrue();
    assertThat(gone).hasMessageContaining("gone@example.org").hasMessageContaining("unknown user");
    await().until(() -> exim().mailbox().contains("Envelope-to: me@example.org"));
    DeliveryException grey =
        refused(mail(Security.TLS, MailChannelTest.login(PASSWORD), "grey@example.org"));
    assertThat(grey.isPermanent()).isFalse();
  }

  @Test
  void trustsNoUnknownAuthority() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    authority = TlsIdentity.of("localhost").write(other);
    DeliveryException failure =
        refused(mail(Security.STARTTLS, MailChannelTest.login(PASSWORD), "me@example.org"));
    assertThat(failure).hasMessageContaining("no certificate to trust");
  }
}
