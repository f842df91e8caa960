package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.TomlSection;
import io.relais.failover.config.ChannelTable.Head;
import io.relais.failover.notify.NotifySettings;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** The {@code [notify]} table as it was read. */
record NotifyTable(
    ImmutableList<ChannelTable> channels,
    Duration timeout,
    Duration giveUpAfter,
    Duration repeatAfter) {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration GIVE_UP_AFTER = Duration.ofHours(24);
  private static final Duration REPEAT_AFTER = Duration.ofHours(1);

  static NotifyTable read(TomlSection table, Reading reading) {
    ImmutableList<ChannelTable> channels = channels(table, reading);
    Unique names = new Unique("give each channel its own 'name'");
    channels.stream()
        .map(ChannelTable::head)
        .sorted(Comparator.comparingInt(Head::line))
        .forEach(head -> head.checkName(names));
    if (channels.isEmpty()) {
      reading.warn(
          table,
          "nobody is told of anything; add a channel, as [[notify.mail]] or [[notify.ifttt]]");
    }
    return new NotifyTable(
        channels,
        table.duration("timeout").or(TIMEOUT),
        table.duration("give_up_after").or(GIVE_UP_AFTER),
        table.duration("repeat_after").or(REPEAT_AFTER));
  }

  private static ImmutableList<ChannelTable> channels(TomlSection table, Reading reading) {
    return Stream.of(
            table.tables("ifttt").stream().map(one -> IftttTable.read(one, reading)),
            table.tables("webhook").stream().map(one -> WebhookTable.read(one, reading)),
            table.tables("mail").stream().map(one -> MailTable.read(one, reading)),
            table.tables("command").stream().map(CommandTable::read))
        .<ChannelTable>flatMap(tables -> tables)
        .collect(toImmutableList());
  }

  /** After all mistakes are out. */
  NotifySettings toSettings() {
    return new NotifySettings(
        channels.stream().map(ChannelTable::toSettings).collect(toImmutableList()),
        timeout,
        giveUpAfter,
        repeatAfter);
  }
}
