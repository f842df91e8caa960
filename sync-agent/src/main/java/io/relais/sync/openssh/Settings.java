package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the lines that apply to one host have set so far. The first value of an option wins; the
 * files with keys and certificates add up.
 */
final class Settings {
  private final Map<String, ConfigLine> first = new LinkedHashMap<>();
  private final Map<String, List<ConfigLine>> every = new HashMap<>();
  private Optional<Proxy> proxy = Optional.empty();

  /**
   * How the host is reached, as decided by the first {@code ProxyJump} or {@code ProxyCommand}.
   *
   * @param at the line that decided it
   * @param jumps in the order to connect; empty: directly
   * @param fromJump whether the line is a {@code ProxyJump}
   */
  record Proxy(ConfigLocation at, ImmutableList<Jump> jumps, boolean fromJump) {}

  void setFirst(String name, ConfigLine line) {
    first.putIfAbsent(name, line);
  }

  /** Adds a line, unless one with the same value was added at the same level before. */
  void add(String name, ConfigLine line) {
    List<ConfigLine> lines = every.computeIfAbsent(name, key -> new ArrayList<>());
    boolean repeated =
        lines.stream()
            .anyMatch(
                other ->
                    other.userLevel() == line.userLevel()
                        && other.arguments().equals(line.arguments()));
    if (!repeated) {
      lines.add(line);
    }
  }

  void setProxy(Proxy decided) {
    if (proxy.isEmpty()) {
      proxy = Optional.of(decided);
    }
  }

  Optional<Proxy> proxy() {
    return proxy;
  }

  Optional<ConfigLine> line(String name) {
    return Optional.ofNullable(first.get(name));
  }

  /** The first argument of an option that has exactly one. */
  Optional<String> value(String name) {
    return line(name).map(line -> line.arguments().getFirst());
  }

  ImmutableList<ConfigLine> lines(String name) {
    return ImmutableList.copyOf(every.getOrDefault(name, List.of()));
  }

  /** The deciding line of every option with one value, in the order they were set. */
  Collection<ConfigLine> all() {
    return first.values();
  }
}
