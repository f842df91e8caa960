package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.TreeSet;

/** What came out, for people and for programs. */
final class Report {
  private final Setting setting;
  private final Scale scale;
  private final ImmutableList<Sample> samples;
  private final ImmutableList<String> remarks;
  private final ImmutableList<Verdict> verdicts;

  Report(Setting setting, Scale scale, List<Sample> samples, List<String> remarks) {
    this.setting = setting;
    this.scale = scale;
    this.samples = ImmutableList.copyOf(samples);
    this.remarks = ImmutableList.copyOf(remarks);
    this.verdicts = Verdict.all(samples);
  }

  ImmutableList<Verdict> verdicts() {
    return verdicts;
  }

  /** Whether all bars are met for which something was measured, and something was. */
  boolean isMet() {
    return !verdicts.isEmpty()
        && verdicts.stream().filter(Verdict::isJudged).allMatch(Verdict::isMet)
        && samples.stream().noneMatch(Report::isOurFailure);
  }

  private static boolean isOurFailure(Sample sample) {
    return sample.contender() == Contender.AGENT && Double.isInfinite(sample.value());
  }

  String markdown() {
    StringBuilder text = new StringBuilder(head());
    text.append(
        """
        | work | | at | sync-agent | best peer | | ratio | bar | |
        |---|---|--:|--:|--:|---|--:|--:|---|
        """);
    verdicts.forEach(verdict -> text.append(line(verdict)));
    text.append(count());
    text.append("\n### Everybody, median (least to most) of all samples\n\n");
    text.append("| work | | at | who | median | from | to | samples |\n");
    text.append("|---|---|--:|---|--:|--:|--:|--:|\n");
    for (Row row : Row.values()) {
      for (Quantity quantity : Quantity.values()) {
        details(row, quantity, text);
      }
    }
    if (!remarks.isEmpty()) {
      text.append("\n### Remarks\n\n");
      remarks.forEach(remark -> text.append("- ").append(remark.strip()).append('\n'));
    }
    return text.toString();
  }

  private String head() {
    return """
        ## sync-agent beside its peers

        %s%s; %s; %s; %s. Load average %s.
        Client, wire, bastion and backup share the machine. Round-trip times in ms, between client and
        bastion. sync-agent with durability on, against the chrooted account; lsyncd and rsync against
        a shell account; lsyncd with delay 0 (its default adds up to 15 s). Medians; saves from the end
        of the save, bigger changes from their beginning, to the right content on the backup's disk.
        `~`: stopped after some seconds, and projected.

        """
        .formatted(
            setting.remark(),
            setting.date(),
            setting.machine(),
            setting.disks(),
            setting.versions(),
            load());
  }

  private String load() {
    var loads = samples.stream().mapToDouble(Sample::load).summaryStatistics();
    return String.format(Locale.ROOT, "%.1f to %.1f", loads.getMin(), loads.getMax());
  }

  private String line(Verdict verdict) {
    Bar bar = verdict.bar();
    StringJoiner cells = new StringJoiner(" | ", "| ", " |\n");
    cells.add(bar.row().text(scale));
    cells.add(what(bar));
    cells.add(Integer.toString(verdict.roundTrip()));
    cells.add(bar.quantity().show(verdict.ours()));
    cells.add(verdict.best().map(peer -> peer(bar, peer)).orElse("–"));
    cells.add(verdict.best().map(peer -> peer.contender().text()).orElse(""));
    cells.add(bar.isRatio() ? number(verdict.ratio()) : "");
    cells.add("≤ " + limit(verdict));
    cells.add(!verdict.isJudged() ? "not judged" : verdict.isMet() ? "met" : "**missed**");
    return cells.toString();
  }

  /** What of a row a bar is about. */
  static String what(Bar bar) {
    boolean isSave = bar.row() == Row.SAVE || bar.row() == Row.RENAME_SAVE;
    return isSave ? "p" + bar.percentile() : bar.quantity().text();
  }

  private static String peer(Bar bar, Verdict.Peer peer) {
    return (peer.projected() ? "~" : "") + bar.quantity().show(peer.value());
  }

  private static String limit(Verdict verdict) {
    return verdict.bar().isRatio()
        ? number(verdict.limit()) + " ×"
        : verdict.bar().quantity().show(verdict.limit());
  }

  static String number(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.2f", value);
  }

  private String count() {
    long judged = verdicts.stream().filter(Verdict::isJudged).count();
    long met = verdicts.stream().filter(Verdict::isJudged).filter(Verdict::isMet).count();
    return "\n%d of %d bars met.\n".formatted(met, judged);
  }

  private void details(Row row, Quantity quantity, StringBuilder text) {
    List<Sample> ofRow =
        samples.stream()
            .filter(sample -> sample.row() == row && sample.quantity() == quantity)
            .toList();
    TreeSet<Integer> roundTrips = new TreeSet<>();
    ofRow.forEach(sample -> roundTrips.add(sample.roundTrip()));
    for (int roundTrip : roundTrips) {
      for (Contender contender : Contender.values()) {
        List<Sample> some =
            ofRow.stream()
                .filter(of -> of.contender() == contender && of.roundTrip() == roundTrip)
                .toList();
        if (!some.isEmpty()) {
          text.append(detail(some));
        }
      }
    }
  }

  private String detail(List<Sample> some) {
    Sample one = some.getFirst();
    double[] values = some.stream().mapToDouble(Sample::value).sorted().toArray();
    Quantity quantity = one.quantity();
    String sign = some.stream().anyMatch(Sample::projected) ? "~" : "";
    StringJoiner cells = new StringJoiner(" | ", "| ", " |\n");
    cells.add(one.row().text(scale));
    cells.add(quantity.text());
    cells.add(Integer.toString(one.roundTrip()));
    cells.add(one.contender().text());
    cells.add(sign + quantity.show(Verdict.percentile(values, 50)));
    cells.add(sign + quantity.show(values[0]));
    cells.add(sign + quantity.show(values[values.length - 1]));
    cells.add(Integer.toString(values.length));
    return cells.toString();
  }

  /** All samples, one a line, in basic units: seconds, bytes, per cent. */
  String csv() {
    StringBuilder text = new StringBuilder("row,contender,rtt_ms,quantity,value,projected,load\n");
    for (Sample sample : samples) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%d,%s,%s,%b,%.2f%n",
              sample.row().option(),
              sample.contender(),
              sample.roundTrip(),
              sample.quantity(),
              sample.value(),
              sample.projected(),
              sample.load()));
    }
    return text.toString();
  }

  /** One line below the plot. */
  String source() {
    return "%s; %s; %s".formatted(setting.date(), setting.machine(), setting.disks());
  }

  Scale scale() {
    return scale;
  }
}
