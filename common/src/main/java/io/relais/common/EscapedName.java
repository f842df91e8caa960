package io.relais.common;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** A name made of arbitrary bytes, in a form that is safe on one line of a log or a terminal. */
public final class EscapedName {
  private EscapedName() {}

  /**
   * Escapes a name given one character a byte. Printable UTF-8 stays as it is; in a name that is no
   * UTF-8, every byte over 0x7F becomes {@code \xHH}. A backslash is doubled, and controls, line
   * separators and marks that reorder text become {@code \n}, {@code \t} or their bytes.
   */
  public static String of(String latin1) {
    StringBuilder escaped = new StringBuilder(latin1.length() + 8);
    decode(latin1).codePoints().forEach(c -> append(escaped, c));
    return escaped.toString();
  }

  private static String decode(String latin1) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(latin1.getBytes(ISO_8859_1))).toString();
    } catch (CharacterCodingException e) {
      // Not UTF-8: bytes over 0x7F go to the private use area, which nothing printable shares.
      return latin1
          .chars()
          .map(c -> c < 0x80 ? c : RAW_BYTE + c)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();
    }
  }

  private static final int RAW_BYTE = 0x10FF00;

  private static void append(StringBuilder escaped, int c) {
    switch (c) {
      case '\\' -> escaped.append("\\\\");
      case '\n' -> escaped.append("\\n");
      case '\t' -> escaped.append("\\t");
      default -> {
        if (c > RAW_BYTE) {
          appendByte(escaped, c - RAW_BYTE);
        } else if (isUnsafe(c)) {
          for (byte b : Character.toString(c).getBytes(UTF_8)) {
            appendByte(escaped, b & 0xFF);
          }
        } else {
          escaped.appendCodePoint(c);
        }
      }
    }
  }

  private static void appendByte(StringBuilder escaped, int b) {
    escaped
        .append("\\x")
        .append(Character.forDigit(b >> 4, 16))
        .append(Character.forDigit(b & 15, 16));
  }

  private static boolean isUnsafe(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
