package io.relais.sync.plan;

import java.util.List;

/** Names that Linux allows and that software tends to break on, one character a byte. */
public final class AwkwardNames {
  public static final List<String> ALL =
      List.of(
          "new\nline",
          "bad-utf8-\u00ff\u00fe",
          "x".repeat(255),
          "-rf",
          "[a-z]",
          "back\\slash",
          "\u00f0\u009f\u0098\u0080", // an emoji in UTF-8
          "trailing space ",
          " ",
          "...",
          "%41",
          "a?b#c",
          "\u00ef\u00bf\u00bd", // U+FFFD itself
          "\u0001\u007f",
          "quote'\"$(id)`");

  private AwkwardNames() {}
}
