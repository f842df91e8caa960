package io.relais.sync.remote;

import com.google.common.hash.Hashing;
import io.relais.sync.path.TemporaryNames;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * Gives out the temporary names of one mirror ({@link TemporaryNames}). They never grow from the
 * name they stand for, which may already have 255 bytes. A mirror can tell its own leftovers from
 * those of another, and from a user's files.
 *
 * <p>Safe for use by many threads.
 */
public final class TemporaryNameGenerator {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String prefix;

  /** Three digits that the names since the last {@link #renew} begin with. */
  private volatile String term;

  /**
   * Makes the names of the mirror that {@code identity} stands for, the same after each restart.
   */
  public TemporaryNameGenerator(String identity) {
    String owner = Hashing.sha256().hashString(identity, StandardCharsets.UTF_8).toString();
    this.prefix = TemporaryNames.PREFIX + owner.substring(0, 8) + "-";
    this.term = newTerm();
  }

  private static String newTerm() {
    return String.format("%03x", RANDOM.nextInt(1 << 12));
  }

  /** From now on names can be told from those that were taken before, but for one in 4,096. */
  public void renew() {
    String before = term;
    while (term.equals(before)) {
      term = newTerm();
    }
  }

  /** Whether a name may have been taken since the last {@link #renew}. */
  public boolean isOfNow(String name) {
    return name.startsWith(prefix + term);
  }

  /** Takes a new name. */
  public String take() {
    return prefix + term + String.format("%09x", RANDOM.nextLong() & 0xF_FFFF_FFFFL);
  }

  /** The same name each time, for what only one thread writes: it finds what a crash left of it. */
  public String fixed() {
    return prefix + "000000000000";
  }

  /** Whether a name is one of this mirror's. */
  public boolean isOurs(String name) {
    return name.startsWith(prefix) && TemporaryNames.isTemporary(name);
  }
}
