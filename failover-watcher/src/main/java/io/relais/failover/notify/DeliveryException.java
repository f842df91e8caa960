package io.relais.failover.notify;

import java.time.Duration;
import java.util.Optional;

/** A channel did not take a notice. The message says what to do, and holds no secret. */
final class DeliveryException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean permanent;
  private final transient Optional<Duration> retryAfter;

  private DeliveryException(String message, boolean permanent, Optional<Duration> retryAfter) {
    super(message);
    this.permanent = permanent;
    this.retryAfter = retryAfter;
  }

  /** It may work later. */
  static DeliveryException transientFailure(String message) {
    return new DeliveryException(message, false, Optional.empty());
  }

  /** It may work later, but not before the time that the receiver said. */
  static DeliveryException transientFailure(String message, Optional<Duration> retryAfter) {
    return new DeliveryException(message, false, retryAfter);
  }

  /** It will never work like this: an operator must change something. */
  static DeliveryException permanentFailure(String message) {
    return new DeliveryException(message, true, Optional.empty());
  }

  /** The message. */
  String reason() {
    return String.valueOf(getMessage());
  }

  boolean isPermanent() {
    return permanent;
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
