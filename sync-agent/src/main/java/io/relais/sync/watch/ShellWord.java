package io.relais.sync.watch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.sync.plan.EscapedName;
import io.relais.sync.plan.RawNames;
import java.nio.file.Path;

/** A path in a message and in a command that a person may paste into a shell. */
final class ShellWord {
  private ShellWord() {}

  static String shown(Path absolute) {
    return EscapedName.of(RawNames.latin1(absolute));
  }

  /** The path as one word of a shell's command line, itself on one line. */
  static String quote(Path absolute) {
    String bytes = RawNames.latin1(absolute);
    if (bytes.chars().allMatch(c -> c > 0x20 && c < 0x7F && c != '\'')) {
      return '\'' + bytes + '\'';
    }
    StringBuilder word = new StringBuilder("$'");
    for (byte b : bytes.getBytes(ISO_8859_1)) {
      if (b > 0x20 && b < 0x7F && b != '\'' && b != '\\') {
        word.append((char) b);
      } else {
        word.append("\\%03o".formatted(b & 0xFF));
      }
    }
    return word.append('\'').toString();
  }
}
