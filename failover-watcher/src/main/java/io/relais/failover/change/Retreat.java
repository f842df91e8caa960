package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.util.Optional;

/**
 * Takes a change that was not published out of the provider's store. Each set by itself: one that
 * can't be put back, as somebody else's, doesn't keep the others from it.
 */
final class Retreat {
  private Retreat() {}

  /**
   * Applies and doesn't publish.
   *
   * @param homeward to what was there before
   * @return for people, to be added to why it was done; empty if all is as it was
   */
  static String carryOut(ImmutableList<ZoneChange> homeward, DnsProvider provider)
      throws InterruptedException {
    Optional<String> trouble = Optional.empty();
    for (ZoneChange zone : homeward) {
      for (Replacement step : zone.replacements()) {
        try {
          provider.apply(new ZoneChange(zone.zone(), ImmutableList.of(step)));
        } catch (DnsProviderException e) {
          trouble = trouble.or(() -> Optional.ofNullable(e.getMessage()));
        }
      }
    }
    return trouble
        .map(
            why ->
                "; what may be left of it in the store of "
                    + provider.describe()
                    + ", where any publication would show it, can't be taken back ("
                    + why
                    + ")")
        .orElse("");
  }
}
