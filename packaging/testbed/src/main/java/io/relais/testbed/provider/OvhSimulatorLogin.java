package io.relais.testbed.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** The calls about consumer keys at the simulated OVH. Guarded by the simulator's lock. */
final class OvhSimulatorLogin {
  private static final JsonMapper JSON = new JsonMapper();

  private OvhSimulatorLogin() {}

  static OvhReply request(OvhSimulatorAccess access, OvhRequest request, String base) {
    if (!access.knowsApplication(request.header("x-ovh-application"))) {
      return OvhReply.error(403, "INVALID_KEY", "This application key is invalid");
    }
    if (!request.header("x-ovh-signature").isEmpty()) {
      return OvhReply.classic(400, "Client::BadRequest", "This call is not signed");
    }
    List<OvhSimulatorAccess.Rule> rules = new ArrayList<>();
    try {
      for (JsonNode rule : JSON.readTree(request.body()).path("accessRules")) {
        rules.add(
            new OvhSimulatorAccess.Rule(rule.path("method").asText(), rule.path("path").asText()));
      }
    } catch (JsonProcessingException e) {
      return OvhReply.classic(400, "Client::BadRequest", "Body is not JSON");
    }
    if (rules.isEmpty()) {
      return OvhReply.classic(400, "Client::BadRequest", "Missing parameter(s): accessRules");
    }
    String key = access.request(rules, "pendingValidation");
    return OvhReply.ok(
        "{\"consumerKey\":\"%s\",\"state\":\"pendingValidation\",\"validationUrl\":\"%s/auth/sso?credentialToken=abc\"}"
            .formatted(key, base));
  }

  static OvhReply current(OvhSimulatorAccess access, OvhRequest request) {
    return access
        .consumerKey(request.header("x-ovh-consumer"))
        .map(key -> OvhReply.ok(json(key)))
        .orElseGet(() -> OvhReply.classic(403, "Client::Forbidden", "No consumer key"));
  }

  private static String json(OvhSimulatorAccess.ConsumerKey key) {
    ObjectNode json = JSON.createObjectNode();
    json.put("credentialId", 123456789L)
        .put("applicationId", 98765L)
        .put("status", key.state)
        .put("expiration", key.expiration.map(Object::toString).orElse(null))
        .put("ovhSupport", false);
    var rules = json.putArray("rules");
    key.rules.forEach(
        rule -> rules.addObject().put("method", rule.method()).put("path", rule.path()));
    if (key.allowedIps.isEmpty()) {
      json.putNull("allowedIPs");
    } else {
      key.allowedIps.forEach(json.withArray("allowedIPs")::add);
    }
    return json.toString();
  }
}
