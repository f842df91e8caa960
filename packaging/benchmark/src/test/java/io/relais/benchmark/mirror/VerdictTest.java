package io.relais.benchmark.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

final class VerdictTest {
  private final List<Sample> samples = new ArrayList<>();

  private void add(Row row, Contender contender, Quantity quantity, double... values) {
    for (double value : values) {
      samples.add(new Sample(row, contender, 30, quantity, value, false, "", 0));
    }
  }

  private List<String> verdicts() {
    return Verdict.all(samples).stream()
        .map(
            each ->
                "%s %s %s"
                    .formatted(
                        each.bar().row().option(),
                        Report.what(each.bar()),
                        each.isJudged() ? each.isMet() ? "met" : "missed" : "not judged"))
        .toList();
  }

  @Test
  void comparesTheMedianAndTheWorstWithTheBestPeers() {
    add(Row.SAVE, Contender.AGENT, Quantity.TIME, 0.02, 0.02, 0.09);
    add(Row.SAVE, Contender.LSYNCD_RSYNC, Quantity.TIME, 0.5, 0.5, 0.5);
    add(Row.SAVE, Contender.LSYNCD_RSYNC_SHARED, Quantity.TIME, 0.08, 0.08, 0.16);
    assertThat(verdicts()).containsExactly("save p50 met", "save p95 missed");
    assertThat(Verdict.all(samples).getFirst().ratio()).isEqualTo(0.25);
  }

  @Test
  void aFailureOfOursIsMissedAndOneOfAPeerIsNoExcuse() {
    add(Row.DELETE, Contender.AGENT, Quantity.TIME, Double.POSITIVE_INFINITY);
    add(Row.DELETE, Contender.LSYNCD_RSYNC, Quantity.TIME, 1);
    add(Row.COPY, Contender.AGENT, Quantity.TIME, 0.4);
    add(Row.COPY, Contender.LSYNCD_RSYNC, Quantity.TIME, Double.POSITIVE_INFINITY);
    add(Row.COPY, Contender.LSYNCD_RSYNCSSH, Quantity.TIME, 1);
    assertThat(verdicts()).containsExactly("delete time missed", "copy time met");
  }

  @Test
  void nothingToCompareWithIsNotJudged() {
    add(Row.BURST, Contender.AGENT, Quantity.TIME, 1);
    assertThat(verdicts()).containsExactly("burst time not judged");
  }

  @Test
  void valuesOfTheirOwnNeedNoPeer() {
    add(Row.IDLE, Contender.AGENT, Quantity.CPU, 0.05);
    add(Row.IDLE, Contender.AGENT, Quantity.RSS, 97 << 20);
    assertThat(verdicts()).containsExactly("idle CPU met", "idle RSS missed");
  }

  @Test
  void percentilesAreByNearestRank() {
    double[] values = new double[20];
    for (int i = 0; i < values.length; i++) {
      values[i] = 20 - i;
    }
    assertThat(Verdict.percentile(values, 95)).isEqualTo(19);
    assertThat(Verdict.percentile(values, 50)).isEqualTo(10.5);
  }

  @Test
  void thePlotIsXmlAndTheTableHasARowForEachVerdict() throws Exception {
    add(Row.SAVE, Contender.AGENT, Quantity.TIME, 0.02);
    add(Row.SAVE, Contender.LSYNCD_RSYNC, Quantity.TIME, 0.5);
    Setting setting = new Setting("2026-01-01", "<A> & \"B\"", "ext4", "1", "");
    Report report = new Report(setting, Scale.FULL, samples, List.of());
    String svg = new Plot(report.verdicts(), report).svg();
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(2);
    assertThat(report.markdown()).contains("| 0.04 | ≤ 0.25 × | met |", "2 of 2 bars met");
    assertThat(report.isMet()).isTrue();
  }
}
