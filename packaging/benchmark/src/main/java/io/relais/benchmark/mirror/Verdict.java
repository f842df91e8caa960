package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Whether a bar is met at one round-trip time.
 *
 * @param best the best of the bar's peers; nobody where the bar is a value, or none was measured
 */
record Verdict(Bar bar, int roundTrip, double ours, Optional<Peer> best) {
  /** A peer's value; projected: it was stopped after a part, and the rest calculated. */
  record Peer(Contender contender, double value, boolean projected) {}

  /** The verdict on every bar for which there are samples of ours. */
  static ImmutableList<Verdict> all(Collection<Sample> samples) {
    ImmutableList.Builder<Verdict> verdicts = ImmutableList.builder();
    SortedSet<Integer> roundTrips = new TreeSet<>();
    samples.forEach(sample -> roundTrips.add(sample.roundTrip()));
    for (Bar bar : Bar.ALL) {
      for (int roundTrip : roundTrips) {
        List<Sample> ours = of(samples, bar, Contender.AGENT, roundTrip);
        if (!ours.isEmpty()) {
          double value = percentile(values(ours), bar.percentile());
          verdicts.add(new Verdict(bar, roundTrip, value, best(samples, bar, roundTrip)));
        }
      }
    }
    return verdicts.build();
  }

  private static Optional<Peer> best(Collection<Sample> samples, Bar bar, int roundTrip) {
    return bar.peers().stream()
        .map(peer -> of(samples, bar, peer, roundTrip))
        .filter(of -> !of.isEmpty())
        .map(
            of ->
                new Peer(
                    of.getFirst().contender(),
                    percentile(values(of), bar.percentile()),
                    of.stream().anyMatch(Sample::projected)))
        .min(Comparator.comparingDouble(Peer::value));
  }

  private static List<Sample> of(
      Collection<Sample> samples, Bar bar, Contender contender, int roundTrip) {
    // Something that failed has no bytes and no memory either: it counts as infinitely much.
    return samples.stream()
        .filter(sample -> sample.row() == bar.row() && sample.contender() == contender)
        .filter(sample -> sample.roundTrip() == roundTrip)
        .filter(sample -> sample.quantity() == bar.quantity() || Double.isInfinite(sample.value()))
        .toList();
  }

  private static double[] values(List<Sample> samples) {
    return samples.stream().mapToDouble(Sample::value).toArray();
  }

  /** The median, or by nearest rank any other. */
  static double percentile(double[] values, int percentile) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    if (percentile == 50) {
      double low = sorted[(sorted.length - 1) / 2];
      double high = sorted[sorted.length / 2];
      return low == high ? low : (low + high) / 2;
    }
    return sorted[(int) Math.ceil(sorted.length * percentile / 100.0) - 1];
  }

  double limit() {
    return bar.limit(roundTrip);
  }

  /** The agent's value as a share of the best peer's; or of the bar, where that is a value. */
  double ratio() {
    return bar.isRatio()
        ? best.map(peer -> ours / peer.value()).orElse(Double.NaN)
        : ours / limit();
  }

  boolean isJudged() {
    return !bar.isRatio() || best.isPresent();
  }

  boolean isMet() {
    return bar.isRatio() ? ratio() <= limit() : ours <= limit();
  }
}
