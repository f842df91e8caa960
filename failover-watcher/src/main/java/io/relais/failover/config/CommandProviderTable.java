package io.relais.failover.config;

import io.relais.common.toml.TomlSection;
import java.time.Duration;

/** The {@code [dns.command]} table as it was read. */
record CommandProviderTable(CommandText command, Duration timeout)
    implements DnsTable.ProviderTable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  static CommandProviderTable read(TomlSection table) {
    CommandText command = CommandText.read(table);
    if (!table.has("command")) {
      table.problem(
          "[dns.command] has no 'command'; add command ="
              + " [\"/usr/local/lib/failover-watcher/dns-command\"]");
    }
    return new CommandProviderTable(command.trusted(), table.duration("timeout").or(TIMEOUT));
  }

  @Override
  public DnsConfig.Command toProvider() {
    return new DnsConfig.Command(command.words(), timeout);
  }
}
