package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.IpFamily;
import io.relais.failover.probe.ProbeSpec;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/** A probe with {@code dns}. */
record DnsProbeTable(
    Setting<String> question,
    Setting<String> name,
    RecordType type,
    Setting<HostAndPort> server,
    ImmutableList<Setting<String>> expect,
    Setting<Duration> limit)
    implements ProbeTable {
  static final int PORT = 53;
  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  static DnsProbeTable read(TomlSection table, Use use) {
    Setting<RecordType> type = table.string("type").map(TypeText::parse);
    Setting<HostAndPort> server = table.string("server").map(HostPortText.withDefault(PORT));
    // A watch may say so by 'address', and the site's probes are asked at production's.
    if (use != Use.SITE && !table.keys().contains("address")) {
      server.required("\"192.0.2.53:53\"");
    }
    return new DnsProbeTable(
        table.string("dns").map(HostText::domain),
        table.string("name").map(Names::parse),
        type.or(RecordType.A),
        server,
        expect(table, type),
        table.duration("timeout"));
  }

  private static ImmutableList<Setting<String>> expect(
      TomlSection table, Setting<RecordType> type) {
    // A type that is mistaken says nothing of what can be in it.
    Optional<RecordType> known = type.isPresent() ? type.value() : Optional.of(RecordType.A);
    return Names.filled(table.strings("expect"), "leave it out for any answer").stream()
        .map(text -> text.map(address -> expected(address, known)))
        .collect(toImmutableList());
  }

  private static String expected(String text, Optional<RecordType> type) throws BadValueException {
    InetAddress address = AddressText.parse(text);
    if (type.filter(known -> known.family() != IpFamily.of(address)).isPresent()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " can't be in a record of type "
              + type.get()
              + "; mend the address, or write 'type'");
    }
    return InetAddresses.toAddrString(address);
  }

  @Override
  public Setting<?> subject() {
    return question;
  }

  @Override
  public Optional<String> called() {
    return name.isPresent() ? name.value() : question.value().map(this::byDefault);
  }

  private String byDefault(String asked) {
    return type == RecordType.A ? "dns " + asked : "dns " + asked + " " + type;
  }

  @Override
  public String limitKey() {
    return "timeout";
  }

  @Override
  public Duration limitOrDefault() {
    return limit.or(TIMEOUT);
  }

  @Override
  public Optional<String> host() {
    return server.value().map(HostAndPort::getHost);
  }

  @Override
  public ProbeSpec toSpec() {
    return new ProbeSpec.Dns(
        called().orElseThrow(),
        question.get(),
        type,
        server.value(),
        Names.all(expect),
        limitOrDefault());
  }
}
