package io.relais.benchmark.outage;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import io.relais.failover.e2e.FailoverBed;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.Function;

/** The samples as a table in Markdown: one row for each way to fail, and one verdict for each. */
final class ResultTable {
  private static final String HEAD =
      """
      | run as | records by | production | outages | accepted after: min | median | max | bar | within | then visible after: median | max | told after: median |
      |---|---|---|--:|--:|--:|--:|--:|---|--:|--:|--:|
      """;

  private final ImmutableList<Sample> samples;

  ResultTable(Collection<Sample> samples) {
    this.samples = ImmutableList.copyOf(samples);
  }

  private record Row(Mode mode, FailoverBed.Holder holder, Outage outage) {
    static final Comparator<Row> ORDER =
        Comparator.comparing(Row::mode).thenComparing(Row::holder).thenComparing(Row::outage);

    static Row of(Sample sample) {
      return new Row(sample.of().mode(), sample.of().holder(), sample.of().outage());
    }
  }

  String markdown() {
    ImmutableListMultimap<Row, Sample> rows = Multimaps.index(samples, Row::of);
    StringBuilder table = new StringBuilder(HEAD);
    rows.keySet().stream().sorted(Row.ORDER).forEach(row -> table.append(line(row, rows.get(row))));
    return table.toString();
  }

  private static String line(Row row, List<Sample> samples) {
    StringJoiner cells = new StringJoiner(" | ", "| ", " |\n");
    cells.add(row.mode().text());
    cells.add(row.holder() == FailoverBed.Holder.OVH ? "OVH" : "RFC 2136");
    cells.add(row.outage().text());
    cells.add(String.valueOf(samples.size()));
    List<Duration> accepted = sorted(samples, Sample::accepted);
    cells.add(seconds(accepted.getFirst()));
    cells.add(seconds(median(accepted)));
    cells.add(seconds(accepted.getLast()));
    cells.add(seconds(row.mode().bar()));
    cells.add(samples.stream().allMatch(Sample::withinBar) ? "yes" : "**no**");
    List<Duration> deployed = sorted(samples, Sample::deployment);
    cells.add(seconds(median(deployed)));
    cells.add(seconds(deployed.getLast()));
    cells.add(seconds(median(sorted(samples, Sample::told))));
    return cells.toString();
  }

  private static List<Duration> sorted(List<Sample> samples, Function<Sample, Duration> what) {
    return samples.stream().map(what).sorted().toList();
  }

  private static Duration median(List<Duration> sorted) {
    Duration low = sorted.get((sorted.size() - 1) / 2);
    return low.plus(sorted.get(sorted.size() / 2)).dividedBy(2);
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }
}
