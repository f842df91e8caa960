package io.relais.failover.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.relais.common.Secret;
import io.relais.failover.notify.ChannelSettings.Login;
import io.relais.failover.notify.ChannelSettings.Mail;
import io.relais.failover.notify.ChannelSettings.Security;
import jakarta.mail.internet.MimeMessage;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MailChannelTest {
  private static final String PASSWORD = "s3cret-pässword";
  private static final MailChannel.Limits LIMITS =
      new MailChannel.Limits(
          Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(20));

  @TempDir private Path directory;

  private final GreenMail clear = new GreenMail(new ServerSetup(0, "127.0.0.1", "smtp"));

  @AfterEach
  void stop() {
    clear.stop();
  }

  static Mail mail(String host, int port, Security security, Optional<Login> login, Path... ca) {
    return new Mail(
        "mail",
        Notices.ALL,
        HostAndPort.fromParts(host, port),
        security,
        login,
        "Watcher <watcher@example.org>",
        ImmutableList.of("me@example.org", "Ops <ops@example.org>"),
        ca.length == 0 ? Optional.empty() : Optional.of(ca[0]));
  }

  static Optional<Login> login(String password) {
    return Optional.of(new Login("watcher", Secret.of(password)));
  }

  private static DeliveryException refused(Mail mail, MailChannel.Limits limits) {
    return catchThrowableOfType(
        DeliveryException.class,
        () -> new MailChannel(mail, limits).send("0001", Notices.switched()));
  }

  private Mail toClear(Optional<Login> login) {
    return mail("127.0.0.1", clear.getSmtp().getPort(), Security.NONE, login);
  }

  @Test
  void sendsAMailWithEveryHeaderThatItShouldHave() throws Exception {
    clear.start();
    Notice notice = Notices.switched().withTitle("é moved\r\nBcc: evil@example.org\n\n.body");
    new MailChannel(toClear(Optional.empty()), LIMITS).send("0001", notice);
    assertThat(clear.waitForIncomingEmail(10_000, 2)).isTrue();
    MimeMessage received = clear.getReceivedMessages()[0];
    assertThat(received.getSubject()).isEqualTo("é moved Bcc: evil@example.org .body");
    assertThat(received.getHeader("Bcc")).isNull();
    assertThat(received.getMessageID()).isEqualTo("<0001.relais@example.org>");
    assertThat(received.getHeader("Auto-Submitted")).containsExactly("auto-generated");
    assertThat(received.getHeader("From")).containsExactly("Watcher <watcher@example.org>");
    assertThat(received.getHeader("To")).containsExactly("me@example.org, Ops <ops@example.org>");
    assertThat(received.getSentDate()).isNotNull();
    assertThat(received.getContent().toString().replace("\r\n", "\n").strip())
        .isEqualTo("Line one\nLine two: é");
    assertThat(clear.getReceivedMessages()).hasSize(2);
  }

  @Test
  void logsInOverLoopbackAndTellsAWrongPassword() throws Exception {
    clear.start();
    clear.setUser("watcher@example.org", "watcher", PASSWORD);
    clear.getUserManager().setAuthRequired(true);
    new MailChannel(toClear(login(PASSWORD)), LIMITS).send("0001", Notices.switched());
    DeliveryException failure = refused(toClear(login("wrong-password")), LIMITS);
    assertThat(failure.isPermanent()).isTrue();
    assertThat(failure)
        .hasMessageContaining("refused the login of 'watcher'")
        .hasMessageNotContaining("wrong-password");
  }

  @Test
  void aServerThatHangsIsGivenUpAfterTheTimeoutOfOneDelivery() throws Exception {
    try (ScriptedSmtp server = new ScriptedSmtp(Map.of("DATA", "hang"))) {
      Mail mail = mail("127.0.0.1", server.port(), Security.NONE, Optional.empty());
      Channel channel =
          Channel.of(
              mail,
              call -> {
                throw new IllegalStateException("a mail needs no HTTP");
              },
              Duration.ofMillis(700));

      DeliveryException failure =
          catchThrowableOfType(
              DeliveryException.class, () -> channel.send("0001", Notices.switched()));

      assertThat(failure.isPermanent()).isFalse();
      server.script(Map.of());
      channel.send("0001", Notices.switched());
      assertThat(server.heard()).contains("DATA");
    }
  }

  @Test
  void neverFallsBackToClearWhereStartTlsIsNotOffered() {
    clear.start();
    clear.setUser("watcher@example.org", "watcher", PASSWORD);
    DeliveryException failure =
        refused(
            mail("localhost", clear.getSmtp().getPort(), Security.STARTTLS, login(PASSWORD)),
            LIMITS);
    assertThat(failure.isPermanent()).isFalse();
    assertThat(failure).hasMessageContaining("STARTTLS");
    assertThat(clear.getReceivedMessages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"STARTTLS", "TLS"})
  void logsInOverTlsWithAnAuthorityFromAFile(Security security) throws Exception {
    TlsIdentity identity = TlsIdentity.of("localhost");
    try (ScriptedSmtp server = new ScriptedSmtp(identity, security == Security.TLS, Map.of())) {
      Mail mail =
          mail("localhost", server.port(), security, login(PASSWORD), identity.write(directory));
      new MailChannel(mail, LIMITS).send("0001", Notices.switched());
      assertThat(server.heard()).contains("DATA").anyMatch(line -> line.startsWith("AUTH PLAIN"));
      assertThat(server.heardInClear())
          .as("nothing but the way to TLS")
          .allMatch(line -> line.matches("EHLO .*|STARTTLS"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "STARTTLS, other.example.org, true",
    "TLS, other.example.org, true",
    "STARTTLS, localhost, false",
    "TLS, localhost, false"
  })
  void sendsNothingToACertificateOfAnotherNameOrAuthority(
      Security security, String name, boolean trusted) throws Exception {
    TlsIdentity identity = TlsIdentity.of(name);
    try (ScriptedSmtp server = new ScriptedSmtp(identity, security == Security.TLS, Map.of())) {
      Path[] authorities = trusted ? new Path[] {identity.write(directory)} : new Path[0];
      DeliveryException failure =
          refused(mail("localhost", server.port(), security, login(PASSWORD), authorities), LIMITS);
      assertThat(failure.isPermanent()).isFalse();
      assertThat(failure).hasMessageContaining("no certificate to trust");
      assertThat(server.heard()).noneMatch(line -> line.startsWith("AUTH"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MAIL, 550 5.7.1 not you, true",
    "MAIL, 451 4.3.0 later, false",
    "RCPT, 550 5.1.1 unknown user, true",
    "RCPT, 450 4.2.0 greylisted, false",
    "DATA, 554 5.6.0 spam, true",
    "DATA, 421 4.3.2 closing, false",
    ".,    554 5.7.1 spam, true",
    ".,    452 4.3.1 disk full, false",
    "AUTH, 535 5.7.8 bad credentials, true",
    "AUTH, 454 4.7.0 try later, false",
    "EHLO, 421 4.3.2 too busy, false"
  })
  void tellsWhatWillNeverWorkFromWhatMay(String command, String reply, boolean permanent)
      throws Exception {
    try (ScriptedSmtp server = new ScriptedSmtp(Map.of(command, reply))) {
      DeliveryException failure =
          refused(mail("127.0.0.1", server.port(), Security.NONE, login(PASSWORD)), LIMITS);
      assertThat(failure.isPermanent()).as(failure.reason()).isEqualTo(permanent);
      assertThat(failure).hasMessageNotContaining(PASSWORD);
    }
  }

  @Test
  void triesAgainOnlyForThoseWhoHaveItNotYet() throws Exception {
    try (ScriptedSmtp server =
        new ScriptedSmtp(Map.of("RCPT TO:<ops@example.org>", "450 4.2.0 greylisted"))) {
      MailChannel channel =
          new MailChannel(
              mail("127.0.0.1", server.port(), Security.NONE, Optional.empty()), LIMITS);
      DeliveryException failure =
          catchThrowableOfType(
              DeliveryException.class, () -> channel.send("0001", Notices.switched()));
      assertThat(failure.isPermanent()).isFalse();
      assertThat(failure).hasMessageContaining("ops@example.org");
      server.script(Map.of());
      channel.send("0001", Notices.switched());
      assertThat(server.heard().stream().filter(line -> line.startsWith("RCPT")))
          .containsExactly(
              "RCPT TO:<me@example.org>", "RCPT TO:<ops@example.org>", "RCPT TO:<ops@example.org>");
    }
  }

  @Test
  void sendsToTheGoodAddressAndTellsTheBadOne() throws Exception {
    try (ScriptedSmtp server =
        new ScriptedSmtp(Map.of("RCPT TO:<ops@example.org>", "550 5.1.1 unknown user"))) {
      DeliveryException failure =
          refused(mail("127.0.0.1", server.port(), Security.NONE, Optional.empty()), LIMITS);
      assertThat(failure.isPermanent()).isTrue();
      assertThat(failure).hasMessageContaining("ops@example.org").hasMessageContaining("550");
      assertThat(server.heard()).contains("DATA");
    }
  }

  @Test
  void goesNowhereWithoutTheLoginThatWasAskedFor() throws Exception {
    try (ScriptedSmtp server = new ScriptedSmtp(Map.of("EHLO", "250 only.this"))) {
      DeliveryException failure =
          refused(mail("127.0.0.1", server.port(), Security.NONE, login(PASSWORD)), LIMITS);
      assertThat(failure).hasMessageContaining("offers no login");
      assertThat(server.heard()).doesNotContain("DATA");
    }
  }

  @Test
  void endsWithAServerThatHangsOrIsNotThere() throws Exception {
    Duration little = Duration.ofMillis(300);
    try (ScriptedSmtp server = new ScriptedSmtp(Map.of("MAIL", "hang"))) {
      Mail mail = mail("127.0.0.1", server.port(), Security.NONE, Optional.empty());
      assertThat(
              refused(mail, new MailChannel.Limits(little, little, LIMITS.whole())).isPermanent())
          .isFalse();
      assertThat(refused(mail, new MailChannel.Limits(little, LIMITS.reply(), little)))
          .hasMessageContaining("within 300 ms");
    }
    int closed;
    try (var socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Mail nobody = mail("127.0.0.1", closed, Security.NONE, Optional.empty());
    assertThat(refused(nobody, LIMITS)).hasMessageContaining("can't be reached");
  }

  @Test
  void refusesSettingsThatCanNeverWork() throws Exception {
    assertRefused(mail("192.0.2.1", 25, Security.NONE, login(PASSWORD)), "in the clear");
    assertRefused(
        mail("localhost", 25, Security.TLS, login(PASSWORD), directory.resolve("none")), "none");
    Path empty = Files.writeString(directory.resolve("empty.pem"), "");
    assertRefused(mail("localhost", 25, Security.TLS, login(PASSWORD), empty), "empty.pem");
    assertRefused(addressed("nobody", "me@example.org"), "'nobody'");
    assertRefused(addressed("a@example.org", "b@example.org\nBcc: c@example.org"), "mail address");
  }

  private static Mail addressed(String from, String to) {
    return new Mail(
        "mail",
        Notices.ALL,
        HostAndPort.fromParts("localhost", 25),
        Security.NONE,
        Optional.empty(),
        from,
        ImmutableList.of(to),
        Optional.empty());
  }

  private static void assertRefused(Mail mail, String why) {
    assertThatThrownBy(() -> Notifier.check(mail))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'mail'")
        .hasMessageContaining(why)
        .hasMessageNotContaining(PASSWORD);
    assertThat(mail.toString()).doesNotContain(PASSWORD);
  }
}
