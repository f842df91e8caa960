package io.relais.failover.address;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was found out about the backup's addresses over several rounds. An address counts once it
 * was the same in so many rounds in a row; it then stays until another one does. A round without
 * agreement says nothing: it neither confirms nor starts over. Immutable.
 *
 * @param rounds how many; at least 1
 * @param families what is known of each; none before its first round with an address
 */
public record StableAddress(int rounds, ImmutableMap<IpFamily, Known> families) {
  private static final int MOST_PREVIOUS = 8;

  public StableAddress {
    checkArgument(rounds >= 1, "rounds %s", rounds);
  }

  /**
   * What is known of one family.
   *
   * @param latest what the last round with agreement said
   * @param count in how many rounds in a row it was said, up to as many as are needed
   * @param confirmedAt when it was last said
   * @param stable what counts
   * @param stableSince when it came to count
   * @param previous what counted before, the last first; never {@code stable} itself
   */
  public record Known(
      InetAddress latest,
      int count,
      Instant confirmedAt,
      Optional<InetAddress> stable,
      Optional<Instant> stableSince,
      ImmutableList<InetAddress> previous) {}

  /** Nothing is known yet. */
  public static StableAddress unknown(int rounds) {
    return new StableAddress(rounds, ImmutableMap.of());
  }

  /** The same knowledge under another setting; what counts already goes on to count. */
  public StableAddress withRounds(int rounds) {
    return new StableAddress(rounds, families);
  }

  /** What is known after one more round. */
  public StableAddress observe(IpFamily family, Verdict verdict, Instant now) {
    if (verdict.address().isEmpty()) {
      return this;
    }
    Known known = after(Optional.ofNullable(families.get(family)), verdict.address().get(), now);
    ImmutableMap.Builder<IpFamily, Known> next = ImmutableMap.builder();
    next.putAll(Maps.filterKeys(families, other -> other != family));
    return new StableAddress(rounds, next.put(family, known).buildOrThrow());
  }

  private Known after(Optional<Known> before, InetAddress said, Instant now) {
    int count = before.filter(known -> known.latest().equals(said)).map(Known::count).orElse(0);
    int counted = Math.min(count + 1, rounds);
    Optional<InetAddress> stable = before.flatMap(Known::stable);
    ImmutableList<InetAddress> previous = before.map(Known::previous).orElse(ImmutableList.of());
    if (counted < rounds || stable.equals(Optional.of(said))) {
      Optional<Instant> since = before.flatMap(Known::stableSince);
      return new Known(said, counted, now, stable, since, previous);
    }
    ImmutableList<InetAddress> older =
        Stream.concat(stable.stream(), previous.stream())
            .filter(address -> !address.equals(said))
            .distinct()
            .limit(MOST_PREVIOUS)
            .collect(ImmutableList.toImmutableList());
    return new Known(said, counted, now, Optional.of(said), Optional.of(now), older);
  }

  /** The address that counts. */
  public Optional<InetAddress> stable(IpFamily family) {
    return known(family).flatMap(Known::stable);
  }

  /** What the last round with agreement said, whether it counts yet or not. */
  public Optional<InetAddress> latest(IpFamily family) {
    return known(family).map(Known::latest);
  }

  /** What counted before, the last first: records that still hold one of these are ours. */
  public ImmutableList<InetAddress> previous(IpFamily family) {
    return known(family).map(Known::previous).orElse(ImmutableList.of());
  }

  /** When the sources last agreed on an address. */
  public Optional<Instant> confirmedAt(IpFamily family) {
    return known(family).map(Known::confirmedAt);
  }

  private Optional<Known> known(IpFamily family) {
    return Optional.ofNullable(families.get(family));
  }
}
