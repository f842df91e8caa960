package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What a consumer key may do. */
final class OvhRules {
  private OvhRules() {}

  /**
   * One right.
   *
   * @param path may hold {@code *}, which stands for anything
   */
  record Rule(String method, String path) {
    /** Whether whoever has this right has the other too. */
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

  /**
   * The least rights.
   *
   * @param addsAndDeletes whether records come and go, and don't only change
   */
  static ImmutableList<Rule> needed(ImmutableSet<String> zones, boolean addsAndDeletes) {
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    rules.add(new Rule("GET", "/auth/currentCredential"));
    for (String zone : zones) {
      String path = OvhName.zonePath(zone);
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
}
