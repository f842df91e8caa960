package io.relais.failover.config;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dns.cloudflare.CloudflareSettings;
import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;

/** The {@code [dns.cloudflare]} table as it was read. */
record CloudflareTable(
    Setting<Secret> token,
    ImmutableMap<String, Setting<String>> zoneIds,
    Setting<URI> endpoint,
    Duration timeout)
    implements DnsTable.ProviderTable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  static CloudflareTable read(TomlSection table, Reading reading) {
    return new CloudflareTable(
        reading
            .secret(table, "token_file")
            .required("\"/etc/failover-watcher/cloudflare.token\"")
            .map(CloudflareTable::token),
        zoneIds(table.table("zone_ids")),
        reading
            .closedUrl(table, "endpoint", "the token would be sent in the clear")
            .map(CloudflareTable::withoutSlash),
        table.duration("timeout").or(TIMEOUT));
  }

  /** Never repeats the value. */
  private static Secret token(Secret written) throws BadValueException {
    String token = written.value().strip();
    if (!token.matches("[!-~]+")) {
      throw new BadValueException(
          "the file holds more than a token; write only the API token into it, on one line");
    }
    return Secret.of(token);
  }

  private static ImmutableMap<String, Setting<String>> zoneIds(TomlSection table) {
    ImmutableMap.Builder<String, Setting<String>> ids = ImmutableMap.builder();
    for (String key : table.keys()) {
      Setting<String> id = table.string(key).map(CloudflareTable::id);
      try {
        ids.put(HostText.domain(key), id);
      } catch (BadValueException e) {
        table.problem(key, "'dns.cloudflare.zone_ids': " + e.getMessage());
      }
    }
    return ids.buildKeepingLast();
  }

  private static String id(String text) throws BadValueException {
    if (!ID.matcher(text).matches()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is no id of a zone; write the 32 digits that the zone's overview shows");
    }
    return text;
  }

  private static URI withoutSlash(URI url) {
    String text = url.toString();
    return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : url;
  }

  @Override
  public DnsConfig.Cloudflare toProvider() {
    ImmutableMap.Builder<String, String> ids = ImmutableMap.builder();
    zoneIds.forEach((zone, id) -> ids.put(zone, id.get()));
    return new DnsConfig.Cloudflare(
        token.get(), ids.buildOrThrow(), endpoint.or(CloudflareSettings.ENDPOINT), timeout);
  }
}
