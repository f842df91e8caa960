package io.relais.failover.notify;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.DurationFormat;
import io.relais.failover.net.Authorities;
import io.relais.failover.net.Urls;
import io.relais.failover.notify.ChannelSettings.Mail;
import io.relais.failover.notify.ChannelSettings.Security;
import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;

/** Mail by SMTP (RFC 5321, RFC 3207, RFC 4954). Each mail has a connection of its own. */
final class MailChannel implements Channel {
  /**
   * How long the parts of a mail's delivery may take.
   *
   * @param connect until the TCP connection stands
   * @param reply for each answer of the server
   * @param whole for all of it; the connection is closed then, whatever is under way, a write too
   */
  record Limits(Duration connect, Duration reply, Duration whole) {
    /**
     * Of one delivery. A server may greet late on purpose, or look for spam before it says that it
     * took a mail, and to give up there sends the mail twice: who has such a server sets a longer
     * timeout.
     */
    static Limits of(Duration timeout) {
      return new Limits(timeout, timeout, timeout);
    }
  }

  private final Mail settings;
  private final Limits limits;
  private final Session session;
  private final InternetAddress from;
  private final ImmutableList<InternetAddress> to;
  private final MailFailures failures;

  /** Who has a mail already that is tried again for others. */
  private final Cache<String, ImmutableSet<Address>> reached =
      CacheBuilder.newBuilder().maximumSize(1000).build();

  MailChannel(Mail settings, Limits limits) {
    checkArgument(!settings.to().isEmpty(), "'to' is empty");
    checkArgument(
        settings.login().isEmpty()
            || settings.security() != Security.NONE
            || Urls.isLoopback(settings.server().getHost()),
        "user and password need security = \"starttls\" or \"tls\": with \"none\" they would be"
            + " sent in the clear");
    this.settings = settings;
    this.limits = limits;
    this.from = address(settings.from());
    this.to =
        settings.to().stream().map(MailChannel::address).collect(ImmutableList.toImmutableList());
    this.session = Session.getInstance(properties());
    this.failures = new MailFailures(settings.server().toString(), settings.login());
  }

  private static InternetAddress address(String text) {
    try {
      InternetAddress address = new InternetAddress(text, true);
      checkArgument(
          address.getAddress().indexOf('@') > 0 && text.chars().noneMatch(Character::isISOControl),
          "'%s' is not a mail address; write name@example.org",
          text.replaceAll("\\p{Cntrl}", " "));
      return address;
    } catch (AddressException e) {
      throw new IllegalArgumentException(
          "'" + text.replaceAll("\\p{Cntrl}", " ") + "' is not a mail address", e);
    }
  }

  private Properties properties() {
    Properties properties = new Properties();
    properties.put("mail.smtp.connectiontimeout", millis(limits.connect()));
    properties.put("mail.smtp.timeout", millis(limits.reply()));
    properties.put("mail.smtp.localhost", "localhost");
    properties.put("mail.smtp.from", from.getAddress());
    properties.put("mail.smtp.quitwait", "false");
    // One bad address must not keep the mail from the good ones.
    properties.put("mail.smtp.sendpartial", "true");
    properties.put("mail.smtp.auth.mechanisms", "PLAIN LOGIN");
    properties.put("mail.smtp.auth", String.valueOf(settings.login().isPresent()));
    boolean startTls = settings.security() == Security.STARTTLS;
    properties.put("mail.smtp.starttls.enable", String.valueOf(startTls));
    properties.put("mail.smtp.starttls.required", String.valueOf(startTls));
    properties.put("mail.smtp.ssl.enable", String.valueOf(settings.security() == Security.TLS));
    if (settings.security() != Security.NONE) {
      properties.put("mail.smtp.ssl.checkserveridentity", "true");
      properties.put("mail.smtp.ssl.protocols", "TLSv1.2 TLSv1.3");
      properties.put("mail.smtp.ssl.socketFactory", sockets(settings.authorities()));
      properties.put("mail.smtp.ssl.socketFactory.fallback", "false");
      properties.put("mail.smtp.socketFactory.fallback", "false");
    }
    return properties;
  }

  private static SSLSocketFactory sockets(Optional<Path> authorities) {
    try {
      return Authorities.sockets(new Authorities().judge(authorities));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the certificate authorities%s can't be read: %s"
              .formatted(authorities.map(file -> " in " + file).orElse(""), e.getMessage()),
          e);
    }
  }

  private static String millis(Duration limit) {
    return String.valueOf(Math.clamp(limit.toMillis(), 1, Integer.MAX_VALUE));
  }

  /**
   * The exchange has a virtual thread of its own: to interrupt that closes its socket, which ends a
   * server's slow answers and stuck writes alike.
   */
  @Override
  public void send(String id, Notice notice) throws DeliveryException, InterruptedException {
    FutureTask<Void> exchange =
        new FutureTask<>(
            () -> {
              exchange(id, notice);
              return null;
            });
    Thread thread = Thread.ofVirtual().name("notify-mail").start(exchange);
    try {
      exchange.get(limits.whole().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw DeliveryException.transientFailure(
          settings.server()
              + " did not take the mail within "
              + DurationFormat.of(limits.whole())
              + "; if it is only slow, raise timeout below [notify]");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DeliveryException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      thread.interrupt();
    }
  }

  private void exchange(String id, Notice notice) throws DeliveryException {
    List<InternetAddress> missing = missing(id);
    if (missing.isEmpty()) {
      return;
    }
    SMTPTransport transport = transport();
    try {
      connect(transport);
      Message message = new Message(session, id, notice, from, to);
      message.saveChanges();
      transport.sendMessage(message, missing.toArray(Address[]::new));
    } catch (SendFailedException e) {
      remember(id, e.getValidSentAddresses());
      throw failures.of(e, transport);
    } catch (MessagingException e) {
      throw failures.of(e, transport);
    } finally {
      close(transport);
    }
  }

  private void connect(SMTPTransport transport) throws MessagingException, DeliveryException {
    String host = settings.server().getHost();
    int port = settings.server().getPort();
    if (settings.login().isEmpty()) {
      transport.connect(host, port, null, null);
      return;
    }
    ChannelSettings.Login login = settings.login().get();
    transport.connect(host, port, login.user(), login.password().value());
    // Angus goes on without a login where none is offered.
    if (!transport.supportsExtension("AUTH") && !transport.supportsExtension("AUTH=LOGIN")) {
      throw DeliveryException.transientFailure(
          settings.server() + " offers no login; check the port, or leave user and password out");
    }
  }

  private SMTPTransport transport() {
    try {
      return (SMTPTransport) session.getTransport("smtp");
    } catch (MessagingException e) {
      throw new IllegalStateException("angus-mail has an SMTP provider", e);
    }
  }

  private List<InternetAddress> missing(String id) {
    ImmutableSet<Address> done = reached.getIfPresent(id);
    return done == null ? to : to.stream().filter(address -> !done.contains(address)).toList();
  }

  private void remember(String id, Address @Nullable [] sent) {
    if (sent != null && sent.length > 0) {
      ImmutableSet<Address> before = reached.getIfPresent(id);
      reached.put(
          id,
          ImmutableSet.<Address>builder()
              .addAll(before == null ? ImmutableSet.of() : before)
              .addAll(Arrays.asList(sent))
              .build());
    }
  }

  /** What became of the mail is known by then. */
  private static void close(SMTPTransport transport) {
    try {
      transport.close();
    } catch (MessagingException e) {
      // Nothing hangs on a goodbye.
    }
  }

  /**
   * A notice as a mail. Its Message-ID stays the same with each try, so that repeats can be told.
   */
  private static final class Message extends MimeMessage {
    private final String messageId;

    Message(
        Session session, String id, Notice notice, InternetAddress from, List<InternetAddress> to)
        throws MessagingException {
      super(session);
      String address = from.getAddress();
      this.messageId =
          "<" + id + ".relais@" + address.substring(address.lastIndexOf('@') + 1) + ">";
      setFrom(from);
      setRecipients(RecipientType.TO, to.toArray(InternetAddress[]::new));
      setSubject(oneLine(notice.title()), UTF_8.name());
      setSentDate(Date.from(Instant.now()));
      // RFC 3834, section 5: no vacation message comes back.
      setHeader("Auto-Submitted", "auto-generated");
      setHeader("X-Relais-Kind", notice.kind().id());
      setText(notice.text(), UTF_8.name());
    }

    /** A line break would begin another header. */
    private static String oneLine(String title) {
      return WebChannels.cut(
          title.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip(), 250);
    }

    @Override
    protected void updateMessageID() throws MessagingException {
      setHeader("Message-ID", messageId);
    }
  }
}
