package io.relais.common.toml;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import io.relais.common.Faults;
import io.relais.common.FileRights;
import io.relais.common.FileRights.UnsafeFileException;
import io.relais.common.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;
import org.tomlj.TomlVersion;

/**
 * One TOML file (version 1.1) that is being read. Mistakes are collected, and {@link #finish}
 * throws them all at once. For one thread.
 */
public final class TomlDocument {
  private static final String KEY = "\\s*([A-Za-z0-9_-]{1,40})\\s*";
  private static final Pattern BARE_VALUE = Pattern.compile(KEY + "=\\s*([^\\s\"'\\[{#]+).*");
  private static final Pattern COLON = Pattern.compile(KEY + ":.*");
  private static final Pattern NO_VALUE = Pattern.compile(KEY + "=?\\s*(#.*)?");

  static final TomlTable EMPTY = Toml.parse("");
  private static final int LARGEST_FILE = 1 << 20;
  private static final int LONGEST_MESSAGE = 300;

  private final String label;
  private final Optional<String> exposure;
  private final List<TomlSection> opened = new ArrayList<>();
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final TomlSection root;

  private TomlDocument(String label, TomlTable table, Optional<String> exposure) {
    this.label = label;
    this.exposure = exposure;
    this.root = new TomlSection(this, table, TomlPosition.positionAt(1, 1), "", "");
  }

  /**
   * Reads a file of at most 1 MiB; it may be a pipe.
   *
   * @throws ConfigException if it can't be read, is not TOML, or if others could change it (the
   *     user's to fix)
   */
  public static TomlDocument read(Path file) throws ConfigException {
    String label = file.toString();
    byte[] bytes;
    Optional<String> exposure;
    try {
      FileRights rights = FileRights.ofThisProcess();
      rights.requireUnchangeable(file);
      exposure = rights.exposure(file);
      bytes = bytes(file);
    } catch (UnsafeFileException e) {
      throw unreadable(label, e.getReason());
    } catch (NoSuchFileException e) {
      throw unreadable(label, "there is no such file; name another with -c FILE");
    } catch (AccessDeniedException e) {
      throw unreadable(
          label,
          "permission denied; let the user that this runs as read it (ls -l shows its mode)");
    } catch (IOException e) {
      throw unreadable(
          label,
          Files.isDirectory(file)
              ? "is a directory; name the file in it"
              : "can't be read: " + Printable.cut(Faults.describe(e), 200));
    }
    if (bytes.length > LARGEST_FILE) {
      throw unreadable(label, "is larger than 1 MiB: this is not a configuration file");
    }
    return parse(decode(bytes, label), label, exposure);
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LARGEST_FILE + 1);
    }
  }

  private static ConfigException unreadable(String label, String message) {
    return new ConfigException(ImmutableList.of(new ConfigProblem(label, 0, 0, message)));
  }

  private static String decode(byte[] bytes, String label) throws ConfigException {
    CharsetDecoder decoder = UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    out.flip();
    String text = out.toString();
    if (result.isError()) {
      int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
      int column = text.length() - text.lastIndexOf('\n');
      throw new ConfigException(
          ImmutableList.of(
              new ConfigProblem(
                  label, line, column, "a byte that is not UTF-8; save the file as UTF-8")));
    }
    return text;
  }

  /**
   * Reads text.
   *
   * @param label what to call the file in messages
   * @throws ConfigException if it is not TOML (the user's to fix)
   */
  public static TomlDocument parse(String text, String label) throws ConfigException {
    return parse(text, label, Optional.empty());
  }

  private static TomlDocument parse(String text, String label, Optional<String> exposure)
      throws ConfigException {
    TomlParseResult parsed = Toml.parse(text, TomlVersion.V1_1_0);
    if (parsed.hasErrors()) {
      List<String> lines = text.lines().toList();
      throw new ConfigException(
          parsed.errors().stream()
              .map(error -> syntaxProblem(error, label, lines))
              .sorted()
              .distinct()
              .collect(ImmutableList.toImmutableList()));
    }
    return new TomlDocument(label, parsed, exposure);
  }

  private static ConfigProblem syntaxProblem(
      TomlParseError error, String label, List<String> lines) {
    int line = error.position().line();
    String source = line >= 1 && line <= lines.size() ? lines.get(line - 1) : "";
    String what = Printable.cut(String.valueOf(error.getMessage()), LONGEST_MESSAGE);
    return new ConfigProblem(
        label,
        line,
        error.position().column(),
        "not TOML: " + what + hint(source).map(hint -> "; " + hint).orElse(""));
  }

  /**
   * Why others can read the file, with the command that closes it; empty if they can't, and of text
   * that is in no file.
   */
  public Optional<String> exposure() {
    return exposure;
  }

  /** The table that holds the top level. */
  public TomlSection root() {
    return root;
  }

  /**
   * Ends the reading: every key that nothing asked for is a mistake too.
   *
   * @throws ConfigException if there was any mistake (the user's to fix)
   */
  public void finish() throws ConfigException {
    opened.forEach(TomlSection::reportUnknownKeys);
    if (!problems.isEmpty()) {
      throw new ConfigException(
          problems.stream().sorted().distinct().collect(ImmutableList.toImmutableList()));
    }
  }

  ConfigProblem at(int line, int column, String message) {
    return new ConfigProblem(label, line, column, message);
  }

  void problem(int line, int column, String message) {
    problems.add(at(line, column, message));
  }

  void opened(TomlSection section) {
    opened.add(section);
  }

  /** A table that knows the key: where it was probably meant to stand. */
  Optional<TomlSection> ownerOf(String key) {
    return opened.stream().filter(section -> section.knows(key)).findFirst();
  }

  /**
   * What to suggest for a line that is not TOML, judged by the line itself; never repeats a value,
   * since it could be a secret.
   */
  private static Optional<String> hint(String line) {
    if (!Toml.parse(line).hasErrors()) {
      return Optional.of("say it only once");
    }
    if (line.chars().filter(c -> c == '"').count() % 2 == 1) {
      return Optional.of("close the text with a double quote, and write \\\" for one in it");
    }
    Matcher bare = BARE_VALUE.matcher(line);
    if (bare.matches()) {
      String key = bare.group(1);
      return ValueType.truth(bare.group(2))
          .map(truth -> "write " + key + " = " + truth)
          .or(() -> Optional.of("put the value in quotes: " + key + " = \"...\""));
    }
    Matcher colon = COLON.matcher(line);
    if (colon.matches()) {
      return Optional.of("write " + colon.group(1) + " = ..., with an equals sign");
    }
    Matcher none = NO_VALUE.matcher(line);
    return none.matches() ? Optional.of("write " + none.group(1) + " = \"...\"") : Optional.empty();
  }
}
