package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import java.util.List;

/** Texts that people read, and lists of them. */
final class Names {
  private static final int LONGEST = 200;

  private Names() {}

  /** What something is called in messages and mails: one line that is not blank. */
  static String parse(String text) throws BadValueException {
    if (text.isBlank() || text.length() > LONGEST) {
      throw new BadValueException(
          Printable.quoted(text) + " is no name; write 1 to " + LONGEST + " characters");
    }
    return line(text);
  }

  /** One line; also what may be sent as a header. */
  static String line(String text) throws BadValueException {
    if (text.chars().anyMatch(c -> Character.isISOControl(c))) {
      throw new BadValueException(
          Printable.quoted(text) + " holds a control character; write one line of text");
    }
    return text;
  }

  /** A list that has to hold something, if it is there. */
  static <T> ImmutableList<T> filled(Setting<ImmutableList<T>> list, String advice) {
    if (list.value().filter(ImmutableList::isEmpty).isPresent()) {
      list.problem("the list is empty; " + advice);
    }
    return list.or(ImmutableList.of());
  }

  /** After all mistakes are out. */
  static <T> ImmutableList<T> all(List<Setting<T>> settings) {
    return settings.stream().map(Setting::get).collect(toImmutableList());
  }
}
