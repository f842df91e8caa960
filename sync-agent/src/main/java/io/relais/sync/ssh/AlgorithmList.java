package io.relais.sync.ssh;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A list of algorithms as ssh_config(5) writes it: names to use instead of the defaults, or after a
 * {@code +} to add, after a {@code ^} to put first, and after a {@code -} to leave out.
 */
final class AlgorithmList {
  private AlgorithmList() {}

  /**
   * Applies a list.
   *
   * @param defaults what is used without it, in order
   * @param available all that there is
   * @return what is to be used; names that aren't available are left out
   */
  static List<String> apply(String spec, List<String> defaults, List<String> available) {
    char first = spec.isEmpty() ? 0 : spec.charAt(0);
    boolean modifies = first == '+' || first == '-' || first == '^';
    List<String> named = matching(modifies ? spec.substring(1) : spec, available);
    List<String> result = new ArrayList<>();
    switch (first) {
      case '+' -> {
        result.addAll(defaults);
        result.addAll(without(named, defaults));
      }
      case '^' -> {
        result.addAll(named);
        result.addAll(without(defaults, named));
      }
      case '-' -> result.addAll(without(defaults, named));
      default -> result.addAll(named);
    }
    return result;
  }

  private static List<String> matching(String patterns, List<String> available) {
    List<String> found = new ArrayList<>();
    for (String pattern : Splitter.on(',').trimResults().omitEmptyStrings().split(patterns)) {
      Pattern regex = Pattern.compile(glob(pattern));
      available.stream()
          .filter(name -> regex.matcher(name).matches() && !found.contains(name))
          .forEach(found::add);
    }
    return found;
  }

  private static String glob(String pattern) {
    StringBuilder regex = new StringBuilder();
    pattern
        .codePoints()
        .forEach(
            c ->
                regex.append(
                    switch (c) {
                      case '*' -> ".*";
                      case '?' -> ".";
                      default -> Pattern.quote(Character.toString(c));
                    }));
    return regex.toString();
  }

  private static List<String> without(List<String> names, List<String> excluded) {
    return names.stream().filter(name -> !excluded.contains(name)).toList();
  }
}
