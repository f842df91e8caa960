package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What a credential may do, as far as OVH tells; and what it has to be allowed. */
sealed interface OvhRights {
  /**
   * One right.
   *
   * @param path may hold {@code *}, which stands for anything
   */
  record Rule(String method, String path) {
    /** Whether this right includes the other. */
    boolean covers(Rule other) {
      String pattern =
          Stream.of(path.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
      return method.equals(other.method()) && other.path().matches(pattern);
    }

    /** What OVH's IAM calls the right to a call of this form. */
    String action() {
      if (path.endsWith("/refresh")) {
        return "dnsZone:apiovh:refresh";
      }
      String verb =
          switch (method) {
            case "GET" -> "get";
            case "POST" -> "create";
            case "PUT" -> "edit";
            default -> "delete";
          };
      return "dnsZone:apiovh:record/" + verb;
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** A consumer key's rules. */
  record Rules(ImmutableList<Rule> rules) implements OvhRights {}

  /** A service account's actions, out of those that {@link Rule#action} names. */
  record Actions(ImmutableSet<String> authorized) implements OvhRights {}

  /**
   * It was not told.
   *
   * @param lasting whether it won't be told later either
   */
  record Unseen(boolean lasting, String why) implements OvhRights {}

  /**
   * The least rights.
   *
   * @param addsAndDeletes whether records come and go, and don't only change
   */
  static ImmutableList<Rule> needed(ImmutableSet<String> zones, boolean addsAndDeletes) {
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    rules.add(new Rule("GET", "/auth/currentCredential"));
    for (String zone : zones) {
      String path = OvhApi.zonePath(zone);
      rules.add(new Rule("GET", path + "/record"));
      rules.add(new Rule("GET", path + "/record/*"));
      rules.add(new Rule("PUT", path + "/record/*"));
      if (addsAndDeletes) {
        rules.add(new Rule("POST", path + "/record"));
        rules.add(new Rule("DELETE", path + "/record/*"));
      }
      rules.add(new Rule("GET", path + "/status"));
      rules.add(new Rule("POST", path + "/refresh"));
    }
    return rules.build();
  }

  /** From the API's form of a list. */
  static ImmutableList<Rule> read(JsonNode rules) {
    return StreamSupport.stream(rules.spliterator(), false)
        .map(rule -> new Rule(rule.path("method").asText(""), rule.path("path").asText("")))
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether some calls are granted. */
  default Check judge(String name, ImmutableList<Rule> calls) {
    return switch (this) {
      case Rules(ImmutableList<Rule> rules) ->
          judge(
              name,
              calls,
              call -> rules.stream().anyMatch(rule -> rule.covers(call)),
              "the key lacks %s; make a new one: failover-watcher ovh-login");
      case Actions(ImmutableSet<String> authorized) ->
          judge(
              name,
              calls,
              call -> authorized.contains(call.action()),
              "the service account may not %s; add to its policy in OVH's IAM: "
                  + calls.stream()
                      .map(Rule::action)
                      .distinct()
                      .filter(action -> !authorized.contains(action))
                      .collect(Collectors.joining(", ")));
      case Unseen(boolean lasting, String why) ->
          lasting ? Check.unknown(name, why) : Check.unanswered(name, why);
    };
  }

  private static Check judge(
      String name, ImmutableList<Rule> calls, Predicate<Rule> granted, String refusal) {
    String lacking =
        calls.stream()
            .filter(granted.negate())
            .map(Rule::toString)
            .collect(Collectors.joining(", "));
    if (!lacking.isEmpty()) {
      return Check.failed(name, refusal.formatted(lacking));
    }
    return calls.isEmpty()
        ? Check.ok(name, "not needed: there is no record to change")
        : Check.ok(name, "granted");
  }
}
