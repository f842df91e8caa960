package io.relais.sync.source;

import static java.lang.foreign.ValueLayout.ADDRESS;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import io.relais.common.EscapedName;
import io.relais.linux.Libc;
import io.relais.linux.Scratch;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * An account of this machine.
 *
 * @param uid its number, 0 to 4,294,967,295
 */
record Account(long uid) {
  static final Account ROOT = new Account(0);

  /** {@code struct passwd} of a 64-bit C library; the pointer to the name is its first member. */
  private static final long PASSWD_BYTES = 64;

  /** All text of an account's entry, which is rarely more than a hundred bytes. */
  private static final long TEXT_BYTES = 16 << 10;

  private static final long LONGEST_NAME = 256;

  /** The way to a source is judged with each round, and a name may have to be asked of a server. */
  private static final LoadingCache<Account, Optional<String>> NAMES =
      CacheBuilder.newBuilder()
          .expireAfterWrite(Duration.ofMinutes(1))
          .maximumSize(1_000)
          .build(CacheLoader.from(Account::name));

  /** Empty if there is no such account here, or its name can't be found out. May ask a server. */
  Optional<String> name() {
    try (Scratch scratch = new Scratch()) {
      MemorySegment entry = scratch.allocate(PASSWD_BYTES);
      MemorySegment text = scratch.allocate(TEXT_BYTES);
      MemorySegment found = scratch.allocate(ADDRESS.byteSize());
      int result = Libc.getpwuid((int) uid, entry, text, found);
      if (result != 0 || found.get(ADDRESS, 0).equals(MemorySegment.NULL)) {
        return Optional.empty();
      }
      MemorySegment name = entry.get(ADDRESS, 0).reinterpret(LONGEST_NAME);
      return Optional.of(EscapedName.of(name.getString(0, StandardCharsets.ISO_8859_1)));
    }
  }

  /** Whether it is one of these, each a name or a number. */
  boolean isAmong(Set<String> accounts) {
    return !accounts.isEmpty()
        && (accounts.contains(Long.toString(uid))
            || NAMES.getUnchecked(this).filter(accounts::contains).isPresent());
  }

  /** What to call it in a configuration. */
  String key() {
    return name().orElse(Long.toString(uid));
  }

  /** For people who know it. */
  String called() {
    return name().orElse("uid " + uid);
  }

  /** For people. */
  @Override
  public String toString() {
    return name().map(name -> name + " (uid " + uid + ")").orElse("uid " + uid);
  }
}
