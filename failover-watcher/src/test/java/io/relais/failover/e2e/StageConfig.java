package io.relais.failover.e2e;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The configuration file of a stage. */
final class StageConfig {
  private final Stage stage;
  private final Map<String, String> changes;

  StageConfig(Stage stage, Map<String, String> changes) {
    this.stage = stage;
    this.changes = changes;
  }

  String text() {
    Map<String, String> values = new LinkedHashMap<>(usual());
    values.putAll(changes);
    values.values().removeIf(String::isEmpty);
    List<String> lines = new ArrayList<>();
    values.forEach((key, value) -> lines.add(key + " = " + value));
    return Joiner.on('\n').join(lines) + "\n" + tables();
  }

  /** Dotted keys at the top level, by TOML's grammar before any table. */
  private ImmutableMap<String, String> usual() {
    ImmutableMap.Builder<String, String> usual = ImmutableMap.builder();
    usual.put("watcher.state_dir", quoted(stage.state().toString()));
    usual.put("watcher.interval", quoted("1s"));
    usual.put("site.name", quoted(Stage.NAME));
    usual.put("site.production", "[" + quoted(Stage.PRODUCTION) + "]");
    usual.put("site.probe", probe());
    usual.put("decision.failure_window", quoted("20s"));
    usual.put("canaries.needed", "2");
    usual.put("canary", canaries());
    usual.put("backup.probe_address", quoted("127.0.0.3"));
    usual.put("backup.address", addresses());
    usual.put("dns.zones", "[" + quoted("example.org") + "]");
    usual.put("dns.servers", "[" + quoted(stage.dns.address().toString()) + "]");
    usual.put("dns.verify_timeout", quoted("2s"));
    usual.put("dns.interval", quoted("1s"));
    usual.put("dns.publish_again_after", quoted("2s"));
    usual.put("dns.provider", quoted(stage.ovh.isPresent() ? "ovh" : "rfc2136"));
    return usual.buildOrThrow();
  }

  private String probe() {
    return """
        [{ url = "https://%s:%d/", contains = ["Welcome"], ca_file = "%s", \
        timeout = "900ms", connect_timeout = "900ms", tls_timeout = "900ms", \
        first_byte_timeout = "900ms" }]"""
        .formatted(Stage.NAME, stage.production.port(), stage.folder.resolve("ca.pem"));
  }

  private String canaries() {
    return stage.canaries.stream()
        .map(server -> "{ url = \"http://127.0.0.1:" + server.port() + "/\" }")
        .toList()
        .toString();
  }

  private String addresses() {
    return stage.addressPorts().stream()
        .map(port -> "{ http = \"http://127.0.0.1:" + port + "/\" }")
        .toList()
        .toString();
  }

  private String tables() {
    String provider =
        stage.ovh.isPresent()
            ? """
            [dns.ovh]
            credentials = "%s"
            """
                .formatted(stage.folder.resolve("ovh.conf"))
            : """
            [dns.rfc2136]
            server = "%s"
            key_name = "failover"
            key_algorithm = "hmac-sha256"
            key_file = "%s"
            """
                .formatted(stage.dns.address(), stage.folder.resolve("tsig.key"));
    return provider
        + """
        [[notify.webhook]]
        name = "recorder"
        url = "http://127.0.0.1:%d/"
        format = "template"
        template = '{"kind": ${kind}, "title": ${title}, "text": ${text}}'
        """
            .formatted(stage.webhook.port());
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
