package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.Suggest;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.Notice;
import java.util.Arrays;
import java.util.Locale;

/** One channel of notices as it was read. */
sealed interface ChannelTable permits IftttTable, WebhookTable, MailTable, CommandTable {
  Head head();

  /** After all mistakes are out. */
  ChannelSettings toSettings();

  /** What all of them have. */
  record Head(Setting<String> written, String byDefault, ImmutableSet<Notice.Kind> only) {
    private static final ImmutableList<String> WORDS =
        Arrays.stream(Notice.Kind.values())
            .filter(kind -> kind != Notice.Kind.TEST)
            .map(Head::word)
            .collect(ImmutableList.toImmutableList());

    static Head read(TomlSection table, String byDefault) {
      return new Head(table.string("name").map(Names::parse), byDefault, only(table));
    }

    /** A notice for a test comes always. */
    private static ImmutableSet<Notice.Kind> only(TomlSection table) {
      ImmutableList<Setting<Notice.Kind>> listed =
          Names.filled(table.strings("only"), "leave it out for all kinds").stream()
              .map(text -> text.map(Head::kind))
              .collect(ImmutableList.toImmutableList());
      if (listed.isEmpty()) {
        return ImmutableSet.copyOf(Notice.Kind.values());
      }
      ImmutableSet.Builder<Notice.Kind> kinds = ImmutableSet.builder();
      listed.forEach(kind -> kind.value().ifPresent(kinds::add));
      return kinds.add(Notice.Kind.TEST).build();
    }

    private static Notice.Kind kind(String text) throws BadValueException {
      if (WORDS.contains(text)) {
        return Notice.Kind.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
      }
      throw new BadValueException(
          Printable.quoted(text)
              + " is none of "
              + String.join(", ", WORDS)
              + Suggest.nearest(text, WORDS)
                  .map(near -> "; did you mean '" + near + "'?")
                  .orElse("; write one of them"));
    }

    private static String word(Notice.Kind kind) {
      return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String name() {
      return written.or(byDefault);
    }

    int line() {
      return written.line();
    }

    /** Notes a mistake if another channel has the name. */
    void checkName(Unique names) {
      names.add(name(), written);
    }
  }
}
