package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.relais.common.toml.Setting;
import io.relais.common.toml.Setting.Converter;
import io.relais.common.toml.TomlSection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Helpers for {@link Setting}s and lists of them. Mistakes are noted, and reading goes on. */
final class Settings {
  private Settings() {}

  /**
   * The elements of a list, converted; empty if the key is absent.
   *
   * @param ifEmpty what to do about a list that is present but empty
   */
  static <T> ImmutableList<Setting<T>> list(
      Setting<ImmutableList<Setting<String>>> list,
      String ifEmpty,
      Converter<String, T> converter) {
    if (list.value().filter(ImmutableList::isEmpty).isPresent()) {
      list.problem("the list is empty; " + ifEmpty);
    }
    return list.or(ImmutableList.of()).stream()
        .map(element -> element.<T>map(converter))
        .collect(toImmutableList());
  }

  /** The same for a list in which no value may appear twice. */
  static <T> ImmutableList<Setting<T>> uniqueList(
      Setting<ImmutableList<Setting<String>>> list,
      String ifEmpty,
      Converter<String, T> converter) {
    UniqueValues unique = new UniqueValues("remove one of them");
    ImmutableList<Setting<T>> elements = list(list, ifEmpty, converter);
    elements.forEach(unique::add);
    return elements;
  }

  /** The values of a list that have no mistake. */
  static <T> ImmutableSet<T> usable(List<Setting<T>> settings) {
    return settings.stream()
        .flatMap(setting -> setting.value().stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** All values of a list; only after the whole file was found to have no mistake. */
  static <T> ImmutableList<T> all(List<? extends Supplier<? extends T>> read) {
    return read.stream().<T>map(Supplier::get).collect(toImmutableList());
  }

  static <D, T> ImmutableList<T> all(List<D> drafts, Function<D, Supplier<T>> config) {
    return drafts.stream().map(draft -> config.apply(draft).get()).collect(toImmutableList());
  }

  static <K, V> ImmutableMap<K, V> all(Map<K, Setting<V>> read) {
    return ImmutableMap.copyOf(Maps.transformValues(read, Setting::get));
  }

  /** Notes a mistake if the table has a key that makes no sense in it. */
  static void refuse(TomlSection table, String key, String message) {
    // An absent key must not become known, or it would be suggested for a mistyped one.
    if (table.keys().contains(key)) {
      table.has(key);
      table.problem(key, message);
    }
  }
}
