package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;

/** A program and its arguments, as {@code command = ["ssh", "vps"]}; no shell reads it. */
record CommandText(ImmutableList<Setting<String>> written) {
  static final CommandText NONE = new CommandText(ImmutableList.of());

  static CommandText read(TomlSection table) {
    Setting<ImmutableList<Setting<String>>> list = table.strings("command");
    CommandText command =
        new CommandText(
            Names.filled(list, "name the program, and each argument in quotes of its own").stream()
                .map(word -> word.map(CommandText::word))
                .collect(toImmutableList()));
    command.written.stream()
        .findFirst()
        .filter(program -> program.value().filter(String::isBlank).isPresent())
        .ifPresent(program -> program.problem("'command' names no program; write its path"));
    return command;
  }

  private static String word(String word) throws BadValueException {
    if (word.indexOf('\0') >= 0) {
      throw new BadValueException("an argument holds a NUL, which none can; leave it out");
    }
    return word;
  }

  /** After all mistakes are out. */
  ImmutableList<String> words() {
    return Names.all(written);
  }
}
