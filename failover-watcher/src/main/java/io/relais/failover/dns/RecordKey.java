package io.relais.failover.dns;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Comparator;
import java.util.Locale;

/**
 * Which records are meant.
 *
 * @param name absolute, in lower case, without the dot at the end
 */
public record RecordKey(String name, RecordType type) implements Comparable<RecordKey> {
  private static final Comparator<RecordKey> ORDER =
      Comparator.comparing(RecordKey::name).thenComparing(RecordKey::type);

  public RecordKey {
    checkArgument(!name.isEmpty() && !name.endsWith("."), "name '%s'", name);
    checkArgument(name.equals(name.toLowerCase(Locale.ROOT)), "name '%s'", name);
  }

  @Override
  public int compareTo(RecordKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return name + " " + type;
  }
}
