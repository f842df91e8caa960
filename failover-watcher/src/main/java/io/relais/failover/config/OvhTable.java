package io.relais.failover.config;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.Suggest;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.net.PlainHttp;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The {@code [dns.ovh]} table as it was read; all of it has defaults. */
record OvhTable(
    Setting<Path> credentials,
    Setting<String> endpoint,
    Setting<URI> tokenUrl,
    boolean allowHttp,
    ImmutableMap<RecordKey, Setting<Long>> ids,
    Duration timeout)
    implements DnsTable.ProviderTable {
  private static final List<String> ENDPOINTS = List.of("ovh-eu", "ovh-ca", "ovh-us");
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  static OvhTable read(TomlSection table, Reading reading) {
    OvhTable ovh =
        new OvhTable(
            reading.privateFile(table, "credentials"),
            table.string("endpoint").map(OvhTable::endpoint),
            reading.closedUrl(table, "token_url", "the secret would be sent in the clear"),
            Reading.allowsHttp(table),
            ids(table.table("ids")),
            table.duration("timeout").or(TIMEOUT));
    ovh.endpoint
        .value()
        .filter(OvhTable::isOpen)
        .ifPresent(
            open ->
                reading.inTheClear(
                    ovh.endpoint,
                    Printable.quoted(open),
                    "others on the way could change what is asked and answered",
                    ovh.allowHttp));
    return ovh;
  }

  private static String endpoint(String text) throws BadValueException {
    if (ENDPOINTS.contains(text)) {
      return text;
    }
    if (text.contains("://")) {
      return UrlText.parse(text).toString();
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is no endpoint; "
            + Suggest.nearest(text, ENDPOINTS)
                .map(near -> "did you mean '" + near + "'?")
                .orElse("write " + String.join(", ", ENDPOINTS) + " or a URL"));
  }

  private static boolean isOpen(String endpoint) {
    return endpoint.contains("://") && PlainHttp.leavesThisMachine(URI.create(endpoint));
  }

  private static ImmutableMap<RecordKey, Setting<Long>> ids(TomlSection table) {
    ImmutableMap.Builder<RecordKey, Setting<Long>> ids = ImmutableMap.builder();
    Unique unique = new Unique("leave one of them out");
    for (String key : table.keys()) {
      Setting<Long> id = table.longInteger(key).map(OvhTable::id);
      try {
        RecordKey record = TypeText.key(key);
        unique.add(record, id);
        ids.put(record, id);
      } catch (BadValueException e) {
        table.problem(key, "'dns.ovh.ids': " + e.getMessage());
      }
    }
    return ids.buildKeepingLast();
  }

  private static long id(long id) throws BadValueException {
    if (id < 1) {
      throw new BadValueException(id + " is no id of a record; write the one that OVH's API shows");
    }
    return id;
  }

  /** An id of a record that is never touched is a mistyped name. */
  void checkNames(Set<String> names) {
    ids.forEach(
        (record, id) -> {
          if (!names.contains(record.name())) {
            id.problem(
                "%s is none of the names that a switch moves (%s); mend the name, or leave it out"
                    .formatted(
                        Printable.quoted(record.name()),
                        Printable.cut(String.join(", ", names), 200)));
          }
        });
  }

  @Override
  public DnsConfig.Ovh toProvider() {
    ImmutableMap.Builder<RecordKey, Long> numbers = ImmutableMap.builder();
    ids.forEach((record, id) -> numbers.put(record, id.get()));
    return new DnsConfig.Ovh(
        credentials.value(),
        endpoint.value(),
        tokenUrl.value(),
        allowHttp,
        numbers.buildOrThrow(),
        timeout);
  }
}
