package io.relais.sync.ssh;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Ascii;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Printable;
import java.util.Optional;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * The first that a peer said, to tell what it is if no login comes about. SSH begins with a line
 * "SSH-2.0-…", before which a server may send other lines (RFC 4253, section 4.2).
 *
 * <p>Safe for use by many threads.
 */
final class PeerBanner {
  /** In bytes; all lines before SSH's own are hardly longer. */
  private static final int KEPT = 1024;

  /** In characters, in a message. */
  private static final int SHOWN = 60;

  @GuardedBy("this")
  private final StringBuilder text = new StringBuilder();

  @GuardedBy("this")
  private boolean connected;

  /** What it said at an earlier try, if that was no SSH; else empty. */
  private final String earlier;

  PeerBanner() {
    this("");
  }

  /**
   * For one more try.
   *
   * @param earlier what the peer said at the one before where that was no SSH: when it closes the
   *     connection on what it has not read, what it says gets lost
   */
  PeerBanner(String earlier) {
    this.earlier = earlier;
  }

  /** The connection is there; nothing was said yet. */
  synchronized void begin() {
    connected = true;
  }

  /** Takes note of bytes; they can be read as before. */
  synchronized void add(ByteArrayBuffer bytes) {
    int wanted = Math.min(bytes.available(), KEPT - text.length());
    if (wanted > 0) {
      text.append(new String(bytes.array(), bytes.rpos(), wanted, ISO_8859_1));
    }
  }

  synchronized boolean isConnected() {
    return connected;
  }

  /** Whether it said anything. */
  synchronized boolean isEmpty() {
    return text.isEmpty() && earlier.isEmpty();
  }

  /** Whether it said that it speaks SSH. */
  synchronized boolean isSsh() {
    return text.toString().lines().anyMatch(line -> line.startsWith("SSH-"));
  }

  /** What the next try is to know. */
  synchronized String forNext() {
    return isSsh() ? "" : said();
  }

  @GuardedBy("this")
  private String said() {
    return text.isEmpty() ? earlier : text.toString();
  }

  /** Its first line that is not empty, as far as it can be printed. */
  synchronized String shown() {
    String line = said().lines().filter(each -> !each.isBlank()).findFirst().orElse("");
    return Printable.cut(line.strip(), SHOWN);
  }

  /**
   * What OpenSSH says in place of its own line where it takes no more connections (sshd.c); empty
   * if it didn't.
   */
  Optional<String> turnedAway() {
    String line = Ascii.toLowerCase(shown());
    return line.equals("exceeded maxstartups") || line.equals("not allowed at this time")
        ? Optional.of(shown())
        : Optional.empty();
  }
}
