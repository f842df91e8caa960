package io.relais.failover.diagnose;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.html.HtmlEscapers;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A rehearsed switch: what was asked before it, and the whole change there and back on a name made
 * for that, each step with the time that it took. A plain value.
 *
 * @param at when it began
 * @param site whose switch is rehearsed
 * @param testName whose records were changed
 * @param questions what a switch asks first, about the site itself
 * @param change the change of the test name's records and the way back, in order
 */
public record Rehearsal(
    Instant at,
    String site,
    String testName,
    ImmutableList<Preflight.Step> questions,
    ImmutableList<Preflight.Step> change) {
  private static final DateTimeFormatter FILE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final int LEFT = 330;
  private static final int WIDTH = 480;
  private static final int LINE = 20;
  private static final int TOP = 40;

  /** Whether a switch would have worked, and the change did. */
  public boolean ok() {
    return all().stream().allMatch(Preflight.Step::ok);
  }

  private ImmutableList<Preflight.Step> all() {
    return ImmutableList.copyOf(Iterables.concat(questions, change));
  }

  /** The name of its files, without what is after the dot: the time, so that they sort by it. */
  public String fileName() {
    return FILE.format(at);
  }

  /** One line. */
  public String title() {
    return (ok() ? "The rehearsal of the switch worked" : "The rehearsal of the switch failed")
        + ": "
        + site;
  }

  /** A few lines: what failed, or how long it took. */
  public String summary() {
    if (!ok()) {
      return all().stream()
          .filter(step -> !step.ok())
          .map(step -> "FAILED: " + step.name() + ": " + step.detail())
          .collect(Collectors.joining("\n"));
    }
    return "asked first: "
        + DurationFormat.of(took(questions))
        + "\n"
        + change.stream()
            .map(step -> step.name() + ": " + DurationFormat.of(step.took()))
            .collect(Collectors.joining("\n"));
  }

  private static Duration took(ImmutableList<Preflight.Step> steps) {
    return steps.stream().map(Preflight.Step::took).reduce(Duration.ZERO, Duration::plus);
  }

  /** The report, in Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(title()).append("\n\n");
    text.append(
        "On %s. The records of `%s` were pointed at the backup and back.%n%n"
            .formatted(TimeText.of(at), testName));
    text.append("![timeline](").append(fileName()).append(".svg)\n\n");
    table(text, "Asked first, about the site itself", questions);
    table(text, "The change, and the way back", change);
    return text.toString();
  }

  private static void table(StringBuilder text, String title, ImmutableList<Preflight.Step> steps) {
    text.append("## ").append(title).append("\n\n| step | | took | |\n|---|---|--:|---|\n");
    for (Preflight.Step step : steps) {
      text.append(
          "| %s | %s | %s | %s |%n"
              .formatted(
                  cell(step.name()),
                  step.ok() ? "ok" : "**FAILED**",
                  DurationFormat.of(step.took()),
                  cell(step.detail())));
    }
    text.append('\n');
  }

  private static String cell(String text) {
    return HtmlEscapers.htmlEscaper().escape(text).replace("|", "\\|").replace("\n", " ");
  }

  /** The steps on a line of time, as an SVG image. */
  public String svg() {
    ImmutableList<Preflight.Step> steps = all();
    double whole = Math.max(1, took(steps).toMillis());
    int bottom = TOP + LINE * steps.size();
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
        <style>
          text { fill: #24292f } .ok { fill: #2da44e } .failed { fill: #cf222e }
          @media (prefers-color-scheme: dark) { text { fill: #d0d7de } }
        </style>
        <text x="8" y="20" font-size="14" font-weight="bold">%s</text>
        """
            .formatted(LEFT + WIDTH + 90, bottom + 12, xml(title())));
    double before = 0;
    for (int i = 0; i < steps.size(); i++) {
      Preflight.Step step = steps.get(i);
      double from = LEFT + WIDTH * before / whole;
      double width = Math.max(2, WIDTH * step.took().toMillis() / whole);
      int line = TOP + LINE * i;
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"8\" y=\"%d\">%s</text>"
                  + "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>"
                  + "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
              line + LINE - 6,
              xml(step.name()),
              step.ok() ? "ok" : "failed",
              from,
              line + 4,
              width,
              LINE - 6,
              from + width + 4,
              line + LINE - 6,
              xml(DurationFormat.of(step.took()))));
      before += step.took().toMillis();
    }
    return svg.append("</svg>\n").toString();
  }

  private static String xml(String text) {
    return HtmlEscapers.htmlEscaper().escape(text);
  }
}
