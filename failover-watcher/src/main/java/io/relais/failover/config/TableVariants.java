package io.relais.failover.config;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.toml.TomlSection;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Tables of one name in several variants, told apart by which of some keys they have.
 *
 * @param keys what each variant takes besides its own key, by that key
 */
record TableVariants(
    String noun, ImmutableListMultimap<String, String> keys, ImmutableSet<String> variants) {

  /** Creates one; each variant is its key and the others that it takes, separated by spaces. */
  static TableVariants of(String noun, String... lines) {
    ImmutableListMultimap.Builder<String, String> keys = ImmutableListMultimap.builder();
    ImmutableSet.Builder<String> variants = ImmutableSet.builder();
    for (String line : lines) {
      List<String> words = List.of(line.split(" ", -1));
      variants.add(words.getFirst());
      keys.putAll(words.getFirst(), words.subList(1, words.size()));
    }
    return new TableVariants(noun, keys.build(), variants.build());
  }

  /** The variant of the table, as its key; a mistake is noted if that is ambiguous. */
  Optional<String> choose(TomlSection table) {
    List<String> present = variants.stream().filter(table.keys()::contains).toList();
    if (present.size() == 1) {
      refuseOthers(table, present.getFirst());
      return Optional.of(present.getFirst());
    }
    variants.forEach(table::has);
    keys.values().forEach(table::has);
    if (present.isEmpty()) {
      table.problem(
          "%s has none of %s; add one of them".formatted(table.header(), list(variants, ", ")));
    } else {
      table.problem(
          present.get(1),
          "%s has both '%s' and '%s'; split it into two tables"
              .formatted(table.header(), present.get(0), present.get(1)));
    }
    return Optional.empty();
  }

  private void refuseOthers(TomlSection table, String variant) {
    for (String key : ImmutableSet.copyOf(keys.values())) {
      if (!keys.get(variant).contains(key)) {
        Settings.refuse(
            table,
            key,
            "'%s' belongs to %s with %s, but this one has '%s'; remove it"
                .formatted(key, noun, owners(key), variant));
      }
    }
  }

  private String owners(String key) {
    return list(
        variants.stream().filter(variant -> keys.get(variant).contains(key)).toList(), " or ");
  }

  private static String list(Collection<String> words, String separator) {
    return words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(separator));
  }
}
