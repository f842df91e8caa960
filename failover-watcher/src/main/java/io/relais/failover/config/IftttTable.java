package io.relais.failover.config;

import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.ChannelSettings;
import java.net.URI;

/** One {@code [[notify.ifttt]]} table as it was read. */
record IftttTable(Head head, Setting<String> event, Setting<Secret> key, String base)
    implements ChannelTable {
  private static final String BASE = "https://maker.ifttt.com";

  static IftttTable read(TomlSection table, Reading reading) {
    return new IftttTable(
        Head.read(table, "ifttt"),
        table.string("event").required("\"switched\"").map(IftttTable::event),
        reading
            .secret(table, "key_file")
            .required("\"/etc/failover-watcher/ifttt.key\"")
            .map(IftttTable::key),
        reading
            .closedUrl(table, "base", "the key in the URL can be read on the way")
            .map(URI::toString)
            .map(url -> url.replaceAll("/+$", ""))
            .or(BASE));
  }

  /** It becomes a part of the URL's path. */
  private static String event(String text) throws BadValueException {
    if (!text.matches("[A-Za-z0-9_-]{1,100}")) {
      throw new BadValueException(
          Printable.quoted(text) + " is no event of IFTTT; write letters, digits, '_' and '-'");
    }
    return text;
  }

  private static Secret key(Secret written) throws BadValueException {
    String key = written.value().strip();
    if (!key.matches("[A-Za-z0-9_-]+")) {
      throw new BadValueException(
          "the file holds no key of IFTTT; write into it only what stands after '/use/' in the"
              + " URL of the Webhooks service's page");
    }
    return Secret.of(key);
  }

  @Override
  public ChannelSettings toSettings() {
    return new ChannelSettings.Ifttt(head.name(), head.only(), event.get(), key.get(), base);
  }
}
