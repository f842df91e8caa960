package io.relais.failover.config;

import com.google.common.net.HostAndPort;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.probe.ProbeSpec;
import java.time.Duration;
import java.util.Optional;

/** A probe with {@code tcp}. */
record TcpProbeTable(Setting<HostAndPort> target, Setting<String> name, Setting<Duration> limit)
    implements ProbeTable {
  private static final Duration CONNECT = Duration.ofSeconds(2);

  static TcpProbeTable read(TomlSection table) {
    return new TcpProbeTable(
        table.string("tcp").map(HostPortText::parse),
        table.string("name").map(Names::parse),
        table.duration("connect_timeout"));
  }

  @Override
  public Setting<?> subject() {
    return target;
  }

  @Override
  public Optional<String> called() {
    return name.isPresent() ? name.value() : target.value().map(to -> "tcp " + to);
  }

  @Override
  public String limitKey() {
    return "connect_timeout";
  }

  @Override
  public Duration limitOrDefault() {
    return limit.or(CONNECT);
  }

  @Override
  public Optional<String> host() {
    return target.value().map(HostAndPort::getHost);
  }

  @Override
  public ProbeSpec toSpec() {
    return new ProbeSpec.Tcp(called().orElseThrow(), target.get(), limitOrDefault());
  }
}
