package io.relais.failover.e2e;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The configuration file of a bed. */
final class FailoverBedConfig {
  private final FailoverBed bed;
  private final Map<String, String> changes;

  FailoverBedConfig(FailoverBed bed, Map<String, String> changes) {
    this.bed = bed;
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
    usual.put("watcher.state_dir", quoted(bed.state().toString()));
    usual.put("watcher.interval", quoted("1s"));
    usual.put("site.name", quoted(FailoverBed.NAME));
    usual.put("site.production", "[" + quoted(FailoverBed.PRODUCTION) + "]");
    usual.put("site.allow_private", "true");
    usual.put("site.probe", probe());
    usual.put("decision.failure_window", quoted("20s"));
    usual.put("canaries.needed", "2");
    usual.put("canary", canaries());
    usual.put("backup.probe_address", quoted("127.0.0.3"));
    usual.put("backup.address", addresses());
    usual.put("dns.zones", "[" + quoted("example.org") + "]");
    usual.put("dns.servers", "[" + quoted(bed.dns.address().toString()) + "]");
    usual.put("dns.verify_timeout", quoted("2s"));
    usual.put("dns.interval", quoted("1s"));
    usual.put("dns.publish_again_after", quoted("2s"));
    usual.putAll(bed.ovh.isPresent() ? ovh() : rfc2136());
    return usual.buildOrThrow();
  }

  private ImmutableMap<String, String> ovh() {
    return ImmutableMap.of(
        "dns.provider", quoted("ovh"),
        "dns.ovh.credentials", quoted(bed.folder.resolve("ovh.conf").toString()));
  }

  private ImmutableMap<String, String> rfc2136() {
    return ImmutableMap.of(
        "dns.provider", quoted("rfc2136"),
        "dns.rfc2136.server", quoted(bed.updates.get().toString()),
        "dns.rfc2136.key_name", quoted("failover"),
        "dns.rfc2136.key_algorithm", quoted("hmac-sha256"),
        "dns.rfc2136.key_file", quoted(bed.folder.resolve("tsig.key").toString()));
  }

  private String probe() {
    return """
        [{ url = "https://%s:%d/", contains = ["Welcome"], ca_file = "%s", \
        timeout = %4$s, connect_timeout = %4$s, tls_timeout = %4$s, \
        first_byte_timeout = %4$s }]"""
        .formatted(FailoverBed.NAME, bed.production.port(), bed.folder.resolve("ca.pem"), limit());
  }

  /** A probe has to be shorter than a round; a busy machine needs long ones. */
  private String limit() {
    String said = changes.getOrDefault("watcher.interval", quoted("1s"));
    // Taken out, it is the example's.
    String interval = said.isEmpty() ? quoted("5s") : said;
    String text = interval.replace("\"", "");
    Duration round =
        text.endsWith("ms")
            ? Duration.ofMillis(Long.parseLong(text.replace("ms", "")))
            : Duration.parse("PT" + text);
    return quoted(round.minusMillis(100).toMillis() + "ms");
  }

  private String canaries() {
    return bed.canaries.stream()
        .map(server -> "{ url = \"http://127.0.0.1:" + server.port() + "/\" }")
        .toList()
        .toString();
  }

  private String addresses() {
    return bed.addressPorts().stream()
        .map(port -> "{ http = \"http://127.0.0.1:" + port + "/\" }")
        .toList()
        .toString();
  }

  private String tables() {
    return """
        [[notify.webhook]]
        name = "recorder"
        url = "http://127.0.0.1:%d/"
        format = "template"
        template = '{"kind": ${kind}, "title": ${title}, "text": ${text}}'
        """
        .formatted(bed.webhook.port());
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
