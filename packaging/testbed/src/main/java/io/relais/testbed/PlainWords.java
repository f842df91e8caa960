package io.relais.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;

/** What a program says is for people who need not know that it is written in Java. */
public final class PlainWords {
  /** From here on there is a stack trace, which is meant for us. */
  private static final Pattern DEFECT = Pattern.compile("this is a defect of the program");

  /** What is logged only if somebody asks for it. */
  private static final Pattern FOR_PROGRAMMERS = Pattern.compile("\\b(?:DEBUG|TRACE) ");

  private static final Pattern JAVAS =
      Pattern.compile(
          "[A-Za-z]Exception|\\bjava\\.[a-z]|\\borg\\.(?:apache|sqlite|xbill)\\.|\\[state="
              + "|(?<![\\w./\\]-])/\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d|\\b)|@[0-9a-f]{6,}\\b|\\bPT\\d+[SMH]");

  /** A change from something to the same, or a time that runs backwards. */
  private static final Pattern NONSENSE =
      Pattern.compile(
          "(?<![\\w-])([\\w-]+) -> \\1(?![\\w-])|(?<![\\w.])-\\d+(?:\\.\\d+)? (?:ms|s|min|h|d) (?:ago|ahead)");

  private PlainWords() {}

  /**
   * Fails if a text has what only Java's programmers know: classes, objects, addresses as the JDK
   * spells them.
   */
  public static void assertSpokenIn(String text) {
    if (DEFECT.matcher(text).find()) {
      return;
    }
    text.lines()
        .filter(line -> !FOR_PROGRAMMERS.matcher(line).find())
        .forEach(
            line ->
                assertThat(JAVAS.matcher(line).find())
                    .as("a line that only a Java programmer understands: %s", line)
                    .isFalse());
    text.lines()
        .forEach(
            line ->
                assertThat(NONSENSE.matcher(line).find())
                    .as("a line that says nothing: %s", line)
                    .isFalse());
  }
}
