package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What this process may read (proc_pid_status(5)).
 *
 * @param uid the account that it runs as
 * @param readsAll whether it may read what that account may not
 */
record Privileges(long uid, boolean readsAll) {
  /** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)). */
  private static final long DAC = 1L << 1 | 1L << 2;

  private static final Path STATUS = Path.of("/proc/self/status");

  /** Whoever can't tell is taken to be root. */
  private static final Privileges UNKNOWN = new Privileges(0, true);

  /** Those of this process, which doesn't change them. */
  static Privileges own() {
    return Own.PRIVILEGES;
  }

  private static final class Own {
    static final Privileges PRIVILEGES = read();

    private static Privileges read() {
      try {
        return of(Files.readAllLines(STATUS, US_ASCII));
      } catch (IOException e) {
        return UNKNOWN;
      }
    }
  }

  /** Reads the lines of a status file. */
  static Privileges of(List<String> status) {
    try {
      // Real, effective, saved, and the one that counts for files.
      String uid = field(status, "Uid:").split("\\s+")[1];
      long effective = Long.parseUnsignedLong(field(status, "CapEff:"), 16);
      return new Privileges(Long.parseLong(uid), (effective & DAC) != 0);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return UNKNOWN;
    }
  }

  private static String field(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .orElse(name)
        .substring(name.length())
        .strip();
  }

  /** Whether an account could have it read nothing that the account can't read by itself. */
  boolean isPlainly(Account account) {
    return !readsAll && account.uid() == uid;
  }
}
