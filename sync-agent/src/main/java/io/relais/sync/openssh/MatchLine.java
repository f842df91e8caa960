package io.relais.sync.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayDeque;
import java.util.List;

/** Decides a {@code Match} line. */
final class MatchLine {
  /** Criteria with one argument that can't be decided here, some only known to later releases. */
  private static final ImmutableSet<String> UNDECIDABLE =
      ImmutableSet.of("exec", "localnetwork", "version", "tagged", "command", "sessiontype");

  private MatchLine() {}

  /** What the criteria are compared with. */
  record Facts(
      String host, String originalHost, String user, String localUser, boolean finalPass) {}

  /**
   * The outcome.
   *
   * @param undecided a criterion that would have to be decided, empty if there is none
   * @param wantsFinalPass whether the line asks for a second reading of all files
   * @param names whether it matched a pattern for hosts other than a pure {@code *}
   */
  record Result(boolean matches, String undecided, boolean wantsFinalPass, boolean names) {}

  static Result decide(ConfigLine line, Facts facts) throws SshConfigException {
    checkQuoting(line);
    ArrayDeque<String> words = new ArrayDeque<>(line.arguments());
    if (words.isEmpty()) {
      throw line.fault("Match has no criterion; write such as: Match host NAME");
    }
    boolean matches = true;
    boolean wantsFinalPass = false;
    boolean names = false;
    String undecided = "";
    for (int criteria = 0; !words.isEmpty(); criteria++) {
      String word = words.removeFirst();
      boolean negated = word.startsWith("!");
      String name = Ascii.toLowerCase(negated ? word.substring(1) : word);
      int equals = name.indexOf('=');
      if (equals > 0) {
        words.addFirst(word.substring(equals + (negated ? 2 : 1)));
        name = name.substring(0, equals);
      }
      if (name.equals("all")) {
        if (criteria > 1 || !words.isEmpty()) {
          throw line.fault("'all' can't stand with other criteria; remove one or the other");
        }
        matches = matches && !negated;
      } else if (name.equals("final") || name.equals("canonical")) {
        if (negated) {
          // Up to 9.3, '!final' asks for a second reading; later releases don't.
          throw line.fault("releases of OpenSSH read '" + word + "' differently; remove it");
        }
        wantsFinalPass |= name.equals("final");
        matches = matches && facts.finalPass();
      } else {
        String argument = argument(line, name, words);
        if (UNDECIDABLE.contains(name)) {
          undecided = undecided.isEmpty() ? name : undecided;
        } else {
          boolean holds = holds(line, name, argument, facts);
          names |= holds && !negated && name.endsWith("host") && !isCatchAll(argument);
          matches = matches && holds != negated;
        }
      }
    }
    return new Result(matches, undecided, wantsFinalPass, matches && names);
  }

  private static boolean isCatchAll(String list) {
    return List.of(list.split(",")).stream()
        .allMatch(item -> Patterns.isCatchAll(item) || item.startsWith("!"));
  }

  private static String argument(ConfigLine line, String name, ArrayDeque<String> words)
      throws SshConfigException {
    String argument = words.pollFirst();
    if (argument == null || (argument.isEmpty() && !UNDECIDABLE.contains(name))) {
      throw line.fault("the criterion '" + name + "' has no pattern; add one");
    }
    return argument;
  }

  private static boolean holds(ConfigLine line, String name, String list, Facts facts)
      throws SshConfigException {
    return switch (name) {
      case "host" -> Patterns.matchHost(facts.host(), list);
      case "originalhost" -> Patterns.matchHost(facts.originalHost(), list);
      case "user" -> Patterns.matchList(facts.user(), list) == Patterns.Answer.MATCH;
      case "localuser" -> Patterns.matchList(facts.localUser(), list) == Patterns.Answer.MATCH;
      default ->
          throw line.fault(
              "Match knows no criterion '"
                  + name
                  + "'; use all, host, originalhost, user, localuser, canonical or final");
    };
  }

  private static void checkQuoting(ConfigLine line) throws SshConfigException {
    if (line.rest().indexOf('\'') >= 0 || line.rest().indexOf('\\') >= 0) {
      throw line.fault(
          "releases of OpenSSH read quotes and backslashes in Match differently; use only \"…\"");
    }
  }
}
