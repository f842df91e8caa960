package io.relais.failover.config;

import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.ChannelSettings;

/** One {@code [[notify.command]]} table as it was read. */
record CommandTable(Head head, CommandText command) implements ChannelTable {
  static CommandTable read(TomlSection table) {
    if (!table.has("command")) {
      table.problem(
          "[[notify.command]] has no 'command'; add command = [\"/usr/local/bin/tell-me\"]");
    }
    return new CommandTable(Head.read(table, "command"), CommandText.read(table));
  }

  @Override
  public ChannelSettings toSettings() {
    return new ChannelSettings.Command(head.name(), head.only(), command.words());
  }
}
