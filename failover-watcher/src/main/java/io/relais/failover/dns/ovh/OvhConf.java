package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An {@code ovh.conf} in the format of Python's <a
 * href="https://docs.python.org/3/library/configparser.html#supported-ini-file-structure">
 * configparser</a>, which OVH's own library reads: sections in brackets, {@code key = value} or
 * {@code key: value}, keys in any case, comments on lines of their own after {@code #} or {@code
 * ;}. Values of several lines are refused: no setting of OVH has one. What the section {@code
 * DEFAULT} holds counts for every section.
 */
final class OvhConf {
  private static final String FOR_ALL = "DEFAULT";

  private final String file;
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final ImmutableTable.Builder<String, String, String> values = ImmutableTable.builder();
  private final Set<String> seen = new HashSet<>();

  private OvhConf(String file) {
    this.file = file;
  }

  /**
   * Reads a file's text.
   *
   * @param file its name, for messages, which never show a value
   * @throws ConfigException with every mistake in it (the user's to mend)
   */
  static Sections parse(String file, byte[] bytes) throws ConfigException {
    OvhConf reader = new OvhConf(file);
    reader.read(new String(bytes, UTF_8));
    if (!reader.problems.isEmpty()) {
      throw new ConfigException(ImmutableList.sortedCopyOf(reader.problems));
    }
    return new Sections(reader.values.build());
  }

  private void read(String text) {
    String section = "";
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String bare = line.strip();
      if (bare.isEmpty() || bare.startsWith("#") || bare.startsWith(";")) {
        continue;
      }
      if (isHeader(bare)) {
        section = header(bare, number);
      } else if (Character.isWhitespace(line.charAt(0))) {
        problem(number, "a line that goes on the one before; write each setting on one line");
      } else {
        setting(section, line, number);
      }
    }
  }

  static boolean isHeader(String bare) {
    return bare.startsWith("[") && bare.endsWith("]");
  }

  static String sectionOf(String header) {
    return header.substring(1, header.length() - 1);
  }

  private String header(String bare, int number) {
    String name = sectionOf(bare);
    if (name.isEmpty()) {
      problem(number, "a section without a name; write [ovh-eu]");
    } else if (!seen.add("[" + name)) {
      problem(number, "section [" + name + "] is there twice; put its settings together");
    }
    return name;
  }

  private void setting(String section, String line, int number) {
    int end = delimiter(line);
    if (end < 1) {
      problem(number, "neither a section nor a setting; write key = value");
      return;
    }
    String key = line.substring(0, end).strip().toLowerCase(Locale.ROOT);
    if (section.isEmpty()) {
      problem(number, "a setting before any section; write [ovh-eu] above it");
    } else if (!seen.add(section + "]" + key)) {
      problem(number, "'" + key + "' is set twice in [" + section + "]; keep one");
    } else {
      add(section, key, line.substring(end + 1).strip(), number);
    }
  }

  private void add(String section, String key, String value, int number) {
    if (OvhCredentials.KEYS.contains(key) && !isPlain(value)) {
      problem(
          number,
          "the value of '"
              + key
              + "' has a blank or a quote in it; write it bare, and comments on lines of their"
              + " own");
      return;
    }
    values.put(section, key, value);
  }

  /** OVH's libraries disagree about quotes and comments after a value: so there are none. */
  static boolean isPlain(String value) {
    return value.matches("[!-~&&[^\"'`]]*");
  }

  /** Where the first {@code =} or {@code :} is; -1 if there is none. */
  static int delimiter(String line) {
    int equals = line.indexOf('=');
    int colon = line.indexOf(':');
    return equals < 0 || colon < 0 ? Math.max(equals, colon) : Math.min(equals, colon);
  }

  private void problem(int line, String message) {
    problems.add(new ConfigProblem(file, line, 1, message));
  }

  /** What a file holds, by section and key. */
  record Sections(ImmutableTable<String, String, String> values) {
    /** A value; an empty one counts as none. */
    Optional<String> get(String section, String key) {
      return Optional.ofNullable(values.get(section, key))
          .or(() -> Optional.ofNullable(values.get(FOR_ALL, key)))
          .filter(value -> !value.isEmpty());
    }

    /** Whether anything in it is a secret. */
    boolean holdsSecrets() {
      return values.columnKeySet().stream().anyMatch(OvhCredentials.SECRETS::contains);
    }
  }
}
