package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.Suggest;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.cloudflare.CloudflareSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads the table of the DNS provider, e.g. {@code [dns.ovh]}. */
final class ProviderReader {
  private static final List<String> OVH_ENDPOINTS = List.of("ovh-eu", "ovh-ca", "ovh-us");
  private static final List<String> TSIG_ALGORITHMS =
      List.of("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
  private static final String TSIG_ALGORITHM = "hmac-sha256";
  private static final Duration API_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration RFC2136_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(30);

  private ProviderReader() {}

  /** Who holds the records. */
  enum Name {
    CLOUDFLARE,
    COMMAND,
    OVH,
    RFC2136;

    /** As the file has it, and the name of the provider's own table. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The table as read.
   *
   * @param ids of records, to be checked against the names that are moved
   */
  record Draft(ImmutableMap<RecordKey, Setting<Long>> ids, Supplier<DnsConfig.Provider> provider) {
    static Draft of(Supplier<DnsConfig.Provider> provider) {
      return new Draft(ImmutableMap.of(), provider);
    }
  }

  /**
   * Reads the provider's table in {@code [dns]}; empty after a mistake.
   *
   * @param name empty after a mistake
   */
  static Optional<Draft> read(TomlSection dns, Optional<Name> name, ConfigContext context) {
    for (Name other : Name.values()) {
      if (name.filter(own -> own != other).isPresent()) {
        refuse(dns, other, name.get());
      } else {
        // Without a provider, nothing can be said about the contents of these tables.
        dns.has(other.word());
      }
    }
    if (name.isEmpty()) {
      return Optional.empty();
    }
    TomlSection own = dns.table(name.get().word());
    return switch (name.get()) {
      case OVH -> Optional.of(ovh(own, context));
      case CLOUDFLARE ->
          present(dns, own, "token_file").map(table -> Draft.of(cloudflare(table, context)));
      case COMMAND ->
          present(dns, own, "command = [\"/usr/local/lib/failover-watcher/dns-command\"]")
              .map(table -> Draft.of(command(table)));
      case RFC2136 ->
          present(dns, own, "server, key_name and key_file")
              .map(table -> Draft.of(rfc2136(table, context)));
    };
  }

  private static void refuse(TomlSection dns, Name other, Name provider) {
    if (dns.has(other.word())) {
      dns.problem(
          other.word(),
          "[dns.%s] is for another provider, but 'dns.provider' is \"%s\"; remove one of them"
              .formatted(other.word(), provider.word()));
    }
  }

  private static Optional<TomlSection> present(TomlSection dns, TomlSection own, String keys) {
    if (!own.isPresent()) {
      dns.problem(
          "provider", "there is no %s table; add it, with %s".formatted(own.header(), keys));
      return Optional.empty();
    }
    return Optional.of(own);
  }

  private static Draft ovh(TomlSection table, ConfigContext context) {
    Setting<Path> credentials = context.privateFile(table, "credentials");
    Setting<String> endpoint = table.string("endpoint").map(ProviderReader::ovhEndpoint);
    Setting<URI> tokenUrl =
        context.httpsUrl(table, "token_url", "the secret would be sent in the clear");
    boolean allowHttp = ConfigContext.allowsHttp(table);
    context.checkHttps(
        endpoint.map(URI::create),
        "others on the way could change what is asked and answered",
        allowHttp);
    ImmutableMap<RecordKey, Setting<Long>> ids = ovhIds(table.table("ids"));
    Duration timeout = table.duration("timeout").or(API_TIMEOUT);
    return new Draft(
        ids,
        () ->
            new DnsConfig.Ovh(
                credentials.value(),
                endpoint.value(),
                tokenUrl.value(),
                allowHttp,
                Settings.all(ids),
                timeout));
  }

  private static String ovhEndpoint(String text) throws BadValueException {
    if (OVH_ENDPOINTS.contains(text)) {
      return text;
    }
    if (text.contains("://")) {
      return Converters.httpUrl(text).toString();
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is not a known endpoint; "
            + Suggest.nearest(text, OVH_ENDPOINTS)
                .map(near -> "did you mean '" + near + "'?")
                .orElse("write " + String.join(", ", OVH_ENDPOINTS) + " or a URL"));
  }

  private static ImmutableMap<RecordKey, Setting<Long>> ovhIds(TomlSection table) {
    ImmutableMap.Builder<RecordKey, Setting<Long>> ids = ImmutableMap.builder();
    UniqueValues unique = new UniqueValues("remove one of them");
    for (String key : table.keys()) {
      Setting<Long> id = table.longInteger(key).map(ProviderReader::ovhId);
      try {
        RecordKey record = Converters.recordKey(key);
        unique.add(record, id);
        ids.put(record, id);
      } catch (BadValueException e) {
        table.problem(key, "'dns.ovh.ids': " + e.getMessage());
      }
    }
    return ids.buildKeepingLast();
  }

  private static long ovhId(long id) throws BadValueException {
    if (id < 1) {
      throw new BadValueException(
          id + " is not a valid record id; write the one that OVH's API shows");
    }
    return id;
  }

  private static Supplier<DnsConfig.Provider> cloudflare(TomlSection table, ConfigContext context) {
    Setting<Secret> token =
        context
            .secret(table, "token_file")
            .required("\"/etc/failover-watcher/cloudflare.token\"")
            .map(
                Converters.secretMatching(
                    "[!-~]+",
                    "the file contains more than a token; write only the API token into it, on one"
                        + " line"));
    ImmutableMap<String, Setting<String>> zoneIds = cloudflareZoneIds(table.table("zone_ids"));
    URI endpoint =
        context
            .httpsUrl(table, "endpoint", "the token would be sent in the clear")
            .map(url -> URI.create(url.toString().replaceFirst("/$", "")))
            .or(CloudflareSettings.ENDPOINT);
    Duration timeout = table.duration("timeout").or(API_TIMEOUT);
    return () -> new DnsConfig.Cloudflare(token.get(), Settings.all(zoneIds), endpoint, timeout);
  }

  private static ImmutableMap<String, Setting<String>> cloudflareZoneIds(TomlSection table) {
    ImmutableMap.Builder<String, Setting<String>> ids = ImmutableMap.builder();
    for (String key : table.keys()) {
      Setting<String> id =
          table
              .string(key)
              .map(
                  Converters.matching(
                      "[0-9a-f]{32}",
                      " is not a zone id; write the 32 digits shown on the zone's overview page"));
      try {
        ids.put(Converters.domainName(key), id);
      } catch (BadValueException e) {
        table.problem(key, "'dns.cloudflare.zone_ids': " + e.getMessage());
      }
    }
    return ids.buildKeepingLast();
  }

  private static Supplier<DnsConfig.Provider> command(TomlSection table) {
    ImmutableList<Setting<String>> command =
        CommandReader.words(
            table.strings("command").required("[\"/usr/local/lib/failover-watcher/dns-command\"]"));
    CommandReader.checkTrusted(command);
    Duration timeout = table.duration("timeout").or(COMMAND_TIMEOUT);
    return () -> new DnsConfig.Command(Settings.all(command), timeout);
  }

  private static Supplier<DnsConfig.Provider> rfc2136(TomlSection table, ConfigContext context) {
    Setting<Secret> key =
        context
            .secret(table, "key_file")
            .required("\"/etc/failover-watcher/tsig.key\"")
            .map(ProviderReader::tsigKey);
    Setting<HostAndPort> server =
        table
            .string("server")
            .required("\"192.0.2.53:53\"")
            .map(Converters.hostWithPort(ProbeReader.DNS_PORT));
    Setting<String> keyName =
        table.string("key_name").required("\"failover\"").map(Converters::domainName);
    String algorithm =
        table.string("key_algorithm").map(Converters.oneOf(TSIG_ALGORITHMS)).or(TSIG_ALGORITHM);
    Duration timeout = table.duration("timeout").or(RFC2136_TIMEOUT);
    return () -> new DnsConfig.Rfc2136(server.get(), keyName.get(), algorithm, key.get(), timeout);
  }

  private static Secret tsigKey(Secret written) throws BadValueException {
    String text = written.value().strip();
    try {
      if (Base64.getDecoder().decode(text).length > 0) {
        return Secret.of(text);
      }
    } catch (IllegalArgumentException e) {
      // Its message would show part of the key.
    }
    throw new BadValueException(
        "the file does not hold exactly one base64 key; it must hold only what follows 'secret' in"
            + " the name server's configuration, without quotes");
  }
}
