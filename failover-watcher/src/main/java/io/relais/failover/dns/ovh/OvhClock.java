package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * OVH's clock, by which calls are signed. How far ours is from it is asked once and kept, until a
 * call is refused for its time. For one thread.
 */
final class OvhClock {
  private final OvhTransport transport;
  private @Nullable Duration ahead;

  OvhClock(OvhTransport transport) {
    this.transport = transport;
  }

  /** Seconds since 1970, as OVH counts them. */
  long seconds() throws OvhException, InterruptedException {
    Duration kept = ahead == null ? ask() : ahead;
    ahead = kept;
    return transport.clock().instant().plus(kept).getEpochSecond();
  }

  /** Asks anew at the next call. */
  void forget() {
    ahead = null;
  }

  /** How far OVH's clock is ahead of ours; it has whole seconds. */
  Duration ask() throws OvhException, InterruptedException {
    OvhTransport.Answer answer = transport.send("GET", "/auth/time", ImmutableMap.of(), "");
    Instant here = transport.clock().instant();
    JsonNode json = answer.json();
    Optional<Long> there =
        json.isIntegralNumber() && json.canConvertToLong()
            ? Optional.of(json.asLong())
            : Optional.empty();
    // Beyond the year 9999 it is no time of seconds.
    if (there.isEmpty() || there.get() < 0 || there.get() > 253_402_300_799L) {
      throw transport.failures().unreadable(answer.label(), answer.reply(), null);
    }
    return Duration.between(here, Instant.ofEpochSecond(there.get()));
  }
}
