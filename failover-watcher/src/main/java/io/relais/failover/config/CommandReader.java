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

/** Reads a program and its arguments: {@code command = ["ssh", "vps"]}. No shell is involved. */
final class CommandReader {
  private CommandReader() {}

  /** The words of the command; empty if the key is absent. */
  static ImmutableList<Setting<String>> words(Setting<ImmutableList<Setting<String>>> command) {
    ImmutableList<Setting<String>> words =
        Settings.list(
            command, "name the program, and quote each argument separately", CommandReader::word);
    words.stream()
        .findFirst()
        .filter(program -> program.value().filter(String::isBlank).isPresent())
        .ifPresent(program -> program.problem("'command' names no program; write its path"));
    return words;
  }

  private static String word(String word) throws BadValueException {
    if (word.indexOf('\0') >= 0) {
      throw new BadValueException("an argument contains a NUL character; remove it");
    }
    return word;
  }

  /**
   * Notes a mistake unless the program is named by its absolute path, exists, and cannot be changed
   * by others. For a program that may change something, not only report.
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
          shown
              + " is not an absolute path; write it from '/', since a search could find another"
              + " program first");
    }
    try {
      Path file = Path.of(program);
      CommandZone.requireTrusted(file);
      return Files.isRegularFile(file) && Files.isExecutable(file)
          ? Optional.empty()
          : Optional.of(shown + " is not an executable file; run: chmod u+x " + program);
    } catch (NoSuchFileException e) {
      return Optional.of(shown + " does not exist; install it, or fix the path");
    } catch (FileSystemException e) {
      return Optional.of(
          shown + " " + (e.getReason() == null ? "cannot be checked" : e.getReason()));
    } catch (IOException | InvalidPathException e) {
      return Optional.of(shown + " cannot be checked; check its permissions");
    }
  }
}
