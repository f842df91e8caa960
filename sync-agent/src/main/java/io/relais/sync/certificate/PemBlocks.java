package io.relais.sync.certificate;

import com.google.common.collect.ImmutableList;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a file in PEM form (RFC 7468), whatever stands between them; nothing where there
 * are none.
 */
final class PemBlocks {
  private static final String BEGIN = "-----BEGIN ";

  private static final Pattern FIRST_LINE = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----\\s");

  /** In bytes: before the first block stands no more than a certificate in words. */
  private static final int PREFACE = 64 << 10;

  private PemBlocks() {}

  /**
   * One block.
   *
   * @param label what it is said to be: {@code CERTIFICATE}, say
   * @param headers what stands before its content in the older form (RFC 1421); mostly empty
   * @param content null if it is cut short, or no base64
   */
  @SuppressWarnings("ArrayRecordComponent") // made here, read once, compared by nobody
  record Block(String label, String headers, byte @Nullable [] content) {}

  /** Whether there may be some, told by the beginning of a file. */
  static boolean mayBeIn(byte[] beginning) {
    String text = new String(beginning, StandardCharsets.ISO_8859_1);
    return text.indexOf(0) < 0 && (beginning.length < PREFACE || text.contains(BEGIN));
  }

  static ImmutableList<Block> of(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    int at = text.indexOf(BEGIN);
    while (at >= 0) {
      int next = text.indexOf(BEGIN, at + BEGIN.length());
      Block block = block(text.substring(at, next < 0 ? text.length() : next));
      if (block != null) {
        blocks.add(block);
      }
      at = next;
    }
    return blocks.build();
  }

  /** Null if it only looks as if one began. */
  private static @Nullable Block block(String text) {
    Matcher begin = FIRST_LINE.matcher(text);
    if (!begin.lookingAt()) {
      return null;
    }
    String label = begin.group(1);
    int end = text.indexOf("-----END " + label + "-----", begin.end());
    return end < 0 ? new Block(label, "", null) : block(label, text.substring(begin.end(), end));
  }

  private static Block block(String label, String body) {
    // Headers end with an empty line, and only they hold a colon.
    int colon = body.lastIndexOf(':');
    int start = colon < 0 ? 0 : body.indexOf('\n', colon) + 1;
    try {
      byte[] content = Base64.getDecoder().decode(body.substring(start).replaceAll("\\s", ""));
      return new Block(label, body.substring(0, start), content.length == 0 ? null : content);
    } catch (IllegalArgumentException e) {
      return new Block(label, body.substring(0, start), null);
    }
  }
}
