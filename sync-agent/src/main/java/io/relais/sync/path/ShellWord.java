package io.relais.sync.path;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.common.EscapedName;
import java.nio.file.Path;

/** A path in a message and in a command to paste into a shell. */
public final class ShellWord {
  private ShellWord() {}

  public static String shown(Path absolute) {
    return EscapedName.of(NativeNames.latin1(absolute));
  }

  /** The path as one word of a shell's command line, itself on one line. */
  public static String quote(Path absolute) {
    return quote(NativeNames.latin1(absolute));
  }

  /** The same for a path of one character a byte. */
  public static String quote(String bytes) {
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
