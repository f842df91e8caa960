package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a credential may do, as far as OVH tells. */
sealed interface OvhGrants {
  /** A consumer key's rules. */
  record Rules(ImmutableList<OvhRules.Rule> rules) implements OvhGrants {}

  /** A service account's actions, out of those that {@link OvhRules.Rule#action} names. */
  record Actions(ImmutableSet<String> authorized) implements OvhGrants {}

  /**
   * It was not told.
   *
   * @param lasting whether it won't be told later either
   */
  record Unseen(boolean lasting, String why) implements OvhGrants {}

  /** Whether some calls are granted. */
  default Check judge(String name, ImmutableList<OvhRules.Rule> calls) {
    return switch (this) {
      case Rules(ImmutableList<OvhRules.Rule> rules) ->
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
                      .map(OvhRules.Rule::action)
                      .distinct()
                      .filter(action -> !authorized.contains(action))
                      .collect(Collectors.joining(", ")));
      case Unseen(boolean lasting, String why) ->
          lasting ? Check.unknown(name, why) : Check.unanswered(name, why);
    };
  }

  private static Check judge(
      String name,
      ImmutableList<OvhRules.Rule> calls,
      Predicate<OvhRules.Rule> granted,
      String refusal) {
    String lacking =
        calls.stream()
            .filter(granted.negate())
            .map(OvhRules.Rule::toString)
            .collect(Collectors.joining(", "));
    if (!lacking.isEmpty()) {
      return Check.failed(name, refusal.formatted(lacking));
    }
    return calls.isEmpty()
        ? Check.ok(name, "not needed: there is no record to change")
        : Check.ok(name, "granted");
  }
}
