package io.relais.failover.dns;

import java.time.Duration;

/**
 * What was looked at, and how it is.
 *
 * @param name what was looked at; the same each time, since what is told about it goes by its name
 * @param result how it is
 * @param detail what was found and, unless ok, what to do; one line, no secrets
 */
public record Check(String name, Status result, String detail) {
  /** A credential's end is told this long before it, as a certificate's is by default. */
  public static final Duration EXPIRY_NOTICE = Duration.ofDays(14);

  /** How it is. */
  public enum Status {
    OK,
    /** It works, but something should be fixed. */
    WARNING,
    /** A change would fail on it, and will until an operator fixes something. */
    FAILED,
    /** No answer, or none that says how it is: it may well be fine, and a later look may tell. */
    UNANSWERED,
    /** It can't be seen from here, now or later; nothing says that it is bad. */
    UNKNOWN
  }

  public static Check ok(String name, String detail) {
    return new Check(name, Status.OK, detail);
  }

  public static Check warning(String name, String detail) {
    return new Check(name, Status.WARNING, detail);
  }

  public static Check failed(String name, String detail) {
    return new Check(name, Status.FAILED, detail);
  }

  public static Check unanswered(String name, String detail) {
    return new Check(name, Status.UNANSWERED, detail);
  }

  public static Check unknown(String name, String detail) {
    return new Check(name, Status.UNKNOWN, detail);
  }

  /** Of a look that ended with an exception: what may work later says nothing of how it is. */
  public static Check of(String name, DnsProviderException e) {
    String detail = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case RETRY -> unanswered(name, detail);
      case REFUSED, CONFLICT -> failed(name, detail);
    };
  }
}
