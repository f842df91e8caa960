package io.relais.failover.config;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.toml.TomlSection;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Tables of several kinds, told apart by which of some keys they have.
 *
 * @param keys the keys that each kind takes beside its own, by the key that tells the kind
 */
record Kinds(String noun, ImmutableListMultimap<String, String> keys, ImmutableSet<String> kinds) {

  /** Makes one; each kind is its key and the others that it takes, separated by blanks. */
  static Kinds of(String noun, String... lines) {
    ImmutableListMultimap.Builder<String, String> keys = ImmutableListMultimap.builder();
    ImmutableSet.Builder<String> kinds = ImmutableSet.builder();
    for (String line : lines) {
      List<String> words = List.of(line.split(" ", -1));
      kinds.add(words.getFirst());
      keys.putAll(words.getFirst(), words.subList(1, words.size()));
    }
    return new Kinds(noun, keys.build(), kinds.build());
  }

  /** The kind that the table is of; a mistake is noted if that is not clear. */
  Optional<String> choose(TomlSection table) {
    List<String> present = kinds.stream().filter(table.keys()::contains).toList();
    if (present.size() == 1) {
      refuseOthers(table, present.getFirst());
      return Optional.of(present.getFirst());
    }
    kinds.forEach(table::has);
    keys.values().forEach(table::has);
    if (present.isEmpty()) {
      table.problem(
          "%s has none of %s; add one of them".formatted(table.header(), list(kinds, ", ")));
    } else {
      table.problem(
          present.get(1),
          "%s has both '%s' and '%s'; make two tables of it"
              .formatted(table.header(), present.get(0), present.get(1)));
    }
    return Optional.empty();
  }

  private void refuseOthers(TomlSection table, String kind) {
    for (String key : keys.values().stream().distinct().toList()) {
      if (table.keys().contains(key) && !keys.get(kind).contains(key)) {
        table.has(key);
        table.problem(
            key,
            "'%s' belongs to %s with %s, and this one has '%s'; leave it out"
                .formatted(key, noun, owners(key), kind));
      }
    }
  }

  private String owners(String key) {
    return list(kinds.stream().filter(kind -> keys.get(kind).contains(key)).toList(), " or ");
  }

  private static String list(Collection<String> words, String separator) {
    return words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(separator));
  }
}
