package io.relais.common.logging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What reads our standard error. */
enum Destination {
  /** journald: it takes the priority from each line, and notes the time itself. */
  JOURNAL,
  /** A person, now. */
  TERMINAL,
  /** A file or a pipe, for later. */
  FILE;

  /**
   * Finds out, on Linux from the descriptor's entry in {@code /proc/self/fd}.
   *
   * <p>{@code JOURNAL_STREAM} alone proves nothing: whatever a service starts inherits it, a
   * desktop's terminal too. So it names the device and inode to compare (systemd.exec(5)). Where
   * they can't be read, it is believed.
   */
  static Destination of(Map<String, String> environment, Path descriptor) {
    String journal = environment.getOrDefault("JOURNAL_STREAM", "");
    if (!journal.isEmpty() && journal.equals(identity(descriptor, journal))) {
      return JOURNAL;
    }
    return isTerminal(descriptor) ? TERMINAL : FILE;
  }

  private static String identity(Path descriptor, String otherwise) {
    try {
      Map<String, Object> attributes = Files.readAttributes(descriptor, "unix:dev,ino");
      return attributes.get("dev") + ":" + attributes.get("ino");
    } catch (IOException | UnsupportedOperationException e) {
      return otherwise;
    }
  }

  /** {@code System.console()} knows only about standard input and output. */
  private static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
