package io.relais.failover.notify;

import io.relais.common.Printable;
import jakarta.mail.Address;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.eclipse.angus.mail.util.MailConnectException;
import org.jspecify.annotations.Nullable;

/** What a mail server's refusals mean, by reply codes (RFC 5321, section 4.2.1) and types. */
final class MailFailures {
  private static final int LONGEST_REASON = 200;

  private final String server;
  private final Optional<ChannelSettings.Login> login;

  MailFailures(String server, Optional<ChannelSettings.Login> login) {
    this.server = server;
    this.login = login;
  }

  DeliveryException of(MessagingException e, SMTPTransport transport) {
    int code = transport.getLastReturnCode();
    return switch (e) {
      case MailConnectException _ ->
          DeliveryException.transientFailure(
              server + " can't be reached" + reason(root(e).getMessage()));
      case AuthenticationFailedException _ -> ofLogin(code, transport.getLastServerResponse());
      case SMTPSendFailedException failed when !hasAddressFailure(failed) ->
          ofCode(failed.getReturnCode(), failed.getMessage());
      case SendFailedException failed -> ofRecipients(failed);
      default ->
          root(e) instanceof SSLException tls
              ? DeliveryException.transientFailure(
                  server
                      + " has no certificate to trust for that name, or no TLS there"
                      + reason(tls.getMessage())
                      + "; check server, security and ca_file")
              : ofCode(code, e.getMessage());
    };
  }

  private DeliveryException ofLogin(int code, @Nullable String said) {
    String user = login.map(ChannelSettings.Login::user).orElse("");
    if (code >= 500) {
      return DeliveryException.permanentFailure(
          "%s refused the login of %s%s: check user and password"
              .formatted(server, Printable.quoted(user), reason(said)));
    }
    return DeliveryException.transientFailure(
        code >= 400
            ? server + " can't check the login now" + reason(said)
            : server + " offers no login by PLAIN or LOGIN");
  }

  private DeliveryException ofCode(int code, @Nullable String said) {
    return code >= 500
        ? DeliveryException.permanentFailure(
            server + " refused the mail" + reason(said) + ": check from, to and user")
        : DeliveryException.transientFailure(server + " did not take the mail" + reason(said));
  }

  /** Angus sorts the addresses by their reply: 4xx is "valid, unsent", 5xx is "invalid". */
  private DeliveryException ofRecipients(SendFailedException e) {
    Address[] later = e.getValidUnsentAddresses();
    Address[] never = e.getInvalidAddresses();
    String said =
        reason(Optional.ofNullable(addressFailure(e)).map(Throwable::getMessage).orElse(null));
    if (later != null && later.length > 0) {
      return DeliveryException.transientFailure(
          server + " did not take the mail for " + list(later) + " now" + said);
    }
    return DeliveryException.permanentFailure(
        server
            + " refused the mail for "
            + (never == null ? "its recipients" : list(never))
            + said
            + ": check the addresses in 'to'");
  }

  private static String list(Address[] addresses) {
    return Arrays.stream(addresses)
        .map(address -> Printable.cut(address.toString(), 80))
        .collect(Collectors.joining(", "));
  }

  private static boolean hasAddressFailure(MessagingException e) {
    return addressFailure(e) != null;
  }

  private static @Nullable SMTPAddressFailedException addressFailure(MessagingException e) {
    Exception next = e;
    while (next instanceof MessagingException m) {
      if (next instanceof SMTPAddressFailedException address) {
        return address;
      }
      next = m.getNextException();
    }
    return null;
  }

  private static Throwable root(Throwable e) {
    Throwable root = e;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return cause;
      }
      root = cause;
    }
    return root;
  }

  private String reason(@Nullable String said) {
    if (said == null || said.isBlank()) {
      return "";
    }
    String clean = login.map(l -> said.replace(l.password().value(), "***")).orElse(said).strip();
    return " (" + Printable.cut(clean, LONGEST_REASON) + ")";
  }
}
