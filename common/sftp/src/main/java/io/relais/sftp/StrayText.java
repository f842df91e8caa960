package io.relais.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.Printable;
import java.util.regex.Pattern;

/**
 * Text where SFTP's packets should be: what a login prints (a startup file of the account's shell,
 * a forced command), which comes on the same channel. Of it a message shows the first line.
 */
final class StrayText {
  /** In characters. */
  private static final int SHOWN = 80;

  /** Colours and the like: ECMA-48, section 5.4. */
  private static final Pattern ESCAPES = Pattern.compile("\\x1B\\[[0-?]*[ -/]*[@-~]");

  /** Controls, and what is no UTF-8: there the text is over. */
  private static final Pattern NO_TEXT =
      Pattern.compile("[\\x00-\\x08\\x0E-\\x1F\\x7F-\\x9F\\uFFFD]");

  /** What a person can do about it. */
  static final String REMEDY =
      "the account's shell must print nothing there (look for what prints in its startup files, as"
          + " .bashrc), or 'ForceCommand internal-sftp' in sshd_config runs no shell at all";

  private StrayText() {}

  /** Whether bytes begin with text; no packet of an allowed size begins so. */
  static boolean isAt(byte[] bytes, int from) {
    return bytes[from] != 0 && !shown(bytes, from, bytes.length).isEmpty();
  }

  /** Its first line, fit for a message; empty if there is none. */
  static String shown(byte[] bytes, int from, int end) {
    String sent = ESCAPES.matcher(new String(bytes, from, end - from, UTF_8)).replaceAll("");
    String text = NO_TEXT.split(sent, 2)[0];
    String line =
        text.lines().map(String::strip).filter(each -> !each.isEmpty()).findFirst().orElse("");
    return Printable.cut(line, SHOWN);
  }
}
