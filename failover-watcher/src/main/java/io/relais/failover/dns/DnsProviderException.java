package io.relais.failover.dns;

import io.relais.common.Printable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The provider did not do it. The message says what failed, why, and what to do. */
public final class DnsProviderException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What the failure means for the next try. */
  public enum Cause {
    /** It may work later: a timeout, a server error, throttling. Whether it was done is open. */
    RETRY,
    /**
     * It will not work before an operator fixes something: rights, credentials, an unknown zone.
     */
    REFUSED,
    /** Somebody else changed the records: theirs stay, an operator decides. */
    CONFLICT
  }

  /** Whatever a provider asks: a site must not stay down for longer because of one number. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final Cause kind;
  private final transient Optional<Duration> retryAfter;
  private final boolean openEnded;

  public DnsProviderException(
      Cause kind, String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
    this(kind, message, retryAfter, false, cause);
  }

  private DnsProviderException(
      Cause kind,
      String message,
      Optional<Duration> retryAfter,
      boolean openEnded,
      @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.retryAfter =
        retryAfter.map(asked -> asked.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : asked);
    this.openEnded = openEnded;
  }

  public static DnsProviderException retry(String message, @Nullable Throwable cause) {
    return new DnsProviderException(Cause.RETRY, message, Optional.empty(), cause);
  }

  /**
   * The same, where a request to change records was sent and its fate is not known: it may still be
   * carried out, even after it was sent again and that was answered. What was applied is then
   * looked at once more, later.
   */
  public static DnsProviderException openEnded(
      String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
    return new DnsProviderException(Cause.RETRY, message, retryAfter, true, cause);
  }

  public static DnsProviderException refused(String message, @Nullable Throwable cause) {
    return new DnsProviderException(Cause.REFUSED, message, Optional.empty(), cause);
  }

  public static DnsProviderException conflict(String message) {
    return new DnsProviderException(Cause.CONFLICT, message, Optional.empty(), null);
  }

  /** A name that is an alias of another: a conflict, since an alias can't have addresses too. */
  public static DnsProviderException alias(String name, String target) {
    return conflict(aliasText(name, target));
  }

  /** The same as text, for any caller that found it. */
  public static String aliasText(String name, String target) {
    return name
        + " is an alias (CNAME of "
        + Printable.quoted(target)
        + "): put its target into [site] names, or give it an address instead";
  }

  public Cause kind() {
    return kind;
  }

  /** Whether a request to change records may still be carried out. */
  public boolean isOpenEnded() {
    return openEnded;
  }

  /** How long the provider asks us to wait (Retry-After), if it said; at most an hour. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
