package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.failover.dns.command.CommandZone;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A program and its arguments, as {@code command = ["ssh", "vps"]}; no shell reads it. */
final class CommandReader {
  private CommandReader() {}

  /** The words of the command; none if the key is not there. */
  static ImmutableList<Setting<String>> words(Setting<ImmutableList<Setting<String>>> command) {
    ImmutableList<Setting<String>> words =
        Checks.list(
            command,
            "name the program, and each argument in quotes of its own",
            CommandReader::word);
    words.stream()
        .findFirst()
        .filter(program -> program.value().filter(String::isBlank).isPresent())
        .ifPresent(program -> program.problem("'command' names no program; write its path"));
    return words;
  }

  private static String word(String word) throws BadValueException {
    if (word.indexOf('\0') >= 0) {
      throw new BadValueException("an argument holds a NUL, which none can; leave it out");
    }
    return word;
  }

  /**
   * Notes a mistake unless the program is named by its whole path, is there, and nobody else can
   * change it: for one that is trusted with more than an opinion.
   */
  static void checkTrusted(ImmutableList<Setting<String>> words) {
    words.stream()
        .findFirst()
        .ifPresent(
            program ->
                program
                    .value()
                    .filter(path -> !path.isBlank())
                    .flatMap(CommandReader::distrust)
                    .ifPresent(program::problem));
  }

  private static Optional<String> distrust(String program) {
    String shown = Printable.quoted(program);
    if (!program.startsWith("/")) {
      return Optional.of(
          shown + " is not a whole path; write it from '/', since another could be found first");
    }
    try {
      Path file = Path.of(program);
      CommandZone.requireTrusted(file);
      return Files.isRegularFile(file) && Files.isExecutable(file)
          ? Optional.empty()
          : Optional.of(shown + " is no file that may be executed; run: chmod u+x " + program);
    } catch (NoSuchFileException e) {
      return Optional.of(shown + " is not there; install it, or mend the path");
    } catch (FileSystemException e) {
      return Optional.of(
          shown + " " + (e.getReason() == null ? "can't be looked at" : e.getReason()));
    } catch (IOException | InvalidPathException e) {
      return Optional.of(shown + " can't be looked at; check its rights");
    }
  }
}
