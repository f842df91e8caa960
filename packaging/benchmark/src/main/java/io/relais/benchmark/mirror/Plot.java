package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.xml.XmlEscapers;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.List;
import java.util.Locale;

/**
 * The verdicts as bars on a logarithmic scale, as SVG: the agent's value as a share of its best
 * peer's, or of the bar where that is a value; a tick where the bar is. Readable on light and dark
 * ground.
 */
final class Plot {
  private static final int LEFT = 400;
  private static final int WIDTH = 420;
  private static final int RIGHT = 130;
  private static final int LINE = 18;
  private static final int TOP = 56;
  private static final double LEAST = 0.001;
  private static final double MOST = 10;

  private final ImmutableList<Verdict> verdicts;
  private final Report report;

  Plot(List<Verdict> verdicts, Report report) {
    this.verdicts =
        verdicts.stream().filter(Verdict::isJudged).collect(ImmutableList.toImmutableList());
    this.report = report;
  }

  String svg() {
    int bottom = TOP + LINE * verdicts.size();
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
        <style>
          text { fill: #24292f } .grid { stroke: #8c959f; stroke-opacity: .35 } .one { stroke: #57606a }
          .met { fill: #2da44e } .missed { fill: #cf222e } .bar { stroke: #bf8700; stroke-width: 3 }
          @media (prefers-color-scheme: dark) { text { fill: #d0d7de } .one { stroke: #d0d7de } }
        </style>
        <text x="8" y="18" font-size="14" font-weight="bold">sync-agent, as a share of its best peer (shorter is better)</text>
        """,
        LEFT + WIDTH + RIGHT,
        bottom + 44);
    for (double at = LEAST; at <= MOST * 1.01; at *= 10) {
      add(
          svg,
          "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
              + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
          Math.abs(at - 1) < 1e-9 ? "one" : "grid",
          x(at),
          x(at),
          TOP - 8,
          bottom,
          x(at),
          TOP - 14,
          at < 0.9 ? "1/" + Math.round(1 / at) : Math.round(at) + " ×");
    }
    for (int i = 0; i < verdicts.size(); i++) {
      bar(svg, verdicts.get(i), TOP + LINE * i);
    }
    add(
        svg,
        "<text x=\"8\" y=\"%d\" fill-opacity=\".8\">%s</text>%n"
            + "<text x=\"8\" y=\"%d\" fill-opacity=\".8\">Yellow: the bar. Where that is a value and"
            + " no share, the length is the share of it.</text>%n</svg>%n",
        bottom + 18,
        escape(report.source()),
        bottom + 36);
    return svg.toString();
  }

  private void bar(StringBuilder svg, Verdict verdict, int top) {
    double end = x(verdict.ratio());
    double limit = x(verdict.bar().isRatio() ? verdict.limit() : 1);
    String label =
        "%s, %s, %d ms"
            .formatted(
                verdict.bar().row().text(report.scale()),
                Report.what(verdict.bar()),
                verdict.roundTrip());
    add(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
            + "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>"
            + "<line class=\"bar\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
            + "<text x=\"%d\" y=\"%d\">%s</text>%n",
        LEFT - 6,
        top + 12,
        escape(label),
        verdict.isMet() ? "met" : "missed",
        LEFT,
        top + 3,
        Math.max(1, end - LEFT),
        LINE - 6,
        limit,
        limit,
        top + 1,
        top + LINE - 1,
        LEFT + WIDTH + 8,
        top + 12,
        escape(value(verdict)));
  }

  private static String value(Verdict verdict) {
    String shown = verdict.bar().quantity().show(verdict.ours());
    return verdict.bar().isRatio() ? shown + ", " + Report.number(verdict.ratio()) + " ×" : shown;
  }

  private static double x(double ratio) {
    double within = Math.clamp(Double.isNaN(ratio) ? MOST : ratio, LEAST, MOST);
    return LEFT + WIDTH * Math.log(within / LEAST) / Math.log(MOST / LEAST);
  }

  private static String escape(String text) {
    return XmlEscapers.xmlAttributeEscaper().escape(text);
  }

  @FormatMethod
  private static void add(StringBuilder svg, @FormatString String pattern, Object... values) {
    svg.append(String.format(Locale.ROOT, pattern, values));
  }
}
