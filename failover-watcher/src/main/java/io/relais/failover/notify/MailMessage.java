package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/** A notice as a mail. Its Message-ID stays the same with each try, so that repeats can be told. */
final class MailMessage extends MimeMessage {
  private final String messageId;

  MailMessage(
      Session session, String id, Notice notice, InternetAddress from, List<InternetAddress> to)
      throws MessagingException {
    super(session);
    String address = from.getAddress();
    this.messageId = "<" + id + ".relais@" + address.substring(address.lastIndexOf('@') + 1) + ">";
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
    return WebBodies.cut(title.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip(), 250);
  }

  @Override
  protected void updateMessageID() throws MessagingException {
    setHeader("Message-ID", messageId);
  }
}
