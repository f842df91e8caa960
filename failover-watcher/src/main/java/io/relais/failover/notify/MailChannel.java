package io.relais.failover.notify;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.common.DurationText;
import io.relais.failover.notify.ChannelSettings.Mail;
import io.relais.failover.notify.ChannelSettings.Security;
import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;

/** Mail by SMTP (RFC 5321, RFC 3207, RFC 4954). Each mail has a connection of its own. */
final class MailChannel implements Channel {
  private final Mail settings;
  private final MailLimits limits;
  private final Session session;
  private final InternetAddress from;
  private final ImmutableList<InternetAddress> to;
  private final MailFailures failures;

  /** Who has a mail already that is tried again for others. */
  private final Cache<String, ImmutableSet<Address>> reached =
      CacheBuilder.newBuilder().maximumSize(1000).build();

  MailChannel(Mail settings, MailLimits limits) {
    checkArgument(!settings.to().isEmpty(), "'to' is empty");
    checkArgument(
        settings.login().isEmpty() || settings.security() != Security.NONE || isLoopback(settings),
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

  private static boolean isLoopback(Mail settings) {
    String host = settings.server().getHost();
    return host.equals("localhost")
        || (InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress());
  }

  private static InternetAddress address(String text) {
    try {
      InternetAddress address = new InternetAddress(text, true);
      checkArgument(
          address.getAddress().indexOf('@') > 0 && text.chars().noneMatch(Character::isISOControl),
          "'%s' is no mail address; write name@example.org",
          text.replaceAll("\\p{Cntrl}", " "));
      return address;
    } catch (AddressException e) {
      throw new IllegalArgumentException(
          "'" + text.replaceAll("\\p{Cntrl}", " ") + "' is no mail address", e);
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
      properties.put("mail.smtp.ssl.socketFactory", MailTrust.sockets(settings.authorities()));
      properties.put("mail.smtp.ssl.socketFactory.fallback", "false");
      properties.put("mail.smtp.socketFactory.fallback", "false");
    }
    return properties;
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
              + DurationText.of(limits.whole())
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
      MailMessage message = new MailMessage(session, id, notice, from, to);
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
}
