package io.relais.sync.openssh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;

/** Collects the names that a person could have meant. */
final class Aliases {
  private Aliases() {}

  static void collect(SshConfigFile file, ImmutableSet.Builder<String> aliases) {
    for (SshConfigFile.Statement statement : file.statements()) {
      switch (statement) {
        case SshConfigFile.Include include ->
            include.files().forEach(included -> collect(included, aliases));
        case SshConfigFile.Plain(ConfigLine line) -> {
          switch (line.keyword()) {
            case "host" ->
                line.arguments().stream().filter(Patterns::isLiteral).forEach(aliases::add);
            case "match" -> collectMatch(line.arguments(), aliases);
            default -> {}
          }
        }
      }
    }
  }

  private static void collectMatch(
      ImmutableList<String> words, ImmutableSet.Builder<String> aliases) {
    for (int i = 0; i + 1 < words.size(); i++) {
      if (words.get(i).equalsIgnoreCase("host") || words.get(i).equalsIgnoreCase("originalhost")) {
        Splitter.on(',')
            .splitToStream(words.get(i + 1))
            .filter(Patterns::isLiteral)
            .forEach(aliases::add);
      }
    }
  }
}
