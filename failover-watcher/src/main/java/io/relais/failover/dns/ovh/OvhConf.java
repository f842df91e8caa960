package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableTable;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An {@code ovh.conf} in the format of Python's <a
 * href="https://docs.python.org/3/library/configparser.html#supported-ini-file-structure">
 * configparser</a>, which OVH's own library reads: sections in brackets, {@code key = value} or
 * {@code key: value}, keys in any case, comments on lines of their own after {@code #} or {@code
 * ;}. Values of several lines are refused: no setting of OVH has one. What the section {@code
 * DEFAULT} holds counts for every section. Settings are changed line by line, so that the rest of a
 * file stays as it was.
 */
final class OvhConf {
  private static final String FOR_ALL = "DEFAULT";
  private static final int LARGEST_FILE = 64 * 1024;

  private final String file;
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final ImmutableTable.Builder<String, String, String> values = ImmutableTable.builder();
  private final Set<String> seen = new HashSet<>();

  private OvhConf(String file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws ConfigException with every mistake in it (the user's to fix)
   * @throws IOException if it can't be read, or others could change it or see its secrets
   */
  static Sections read(Path path) throws IOException, ConfigException {
    requireUnchangeable(path);
    Sections sections = parse(path.toString(), bytes(path));
    if (sections.holdsSecrets()) {
      FileRights.ofThisProcess().requirePrivate(path);
    }
    return sections;
  }

  /** Not only of secrets: who may write an endpoint into it decides where they are sent. */
  private static void requireUnchangeable(Path path) throws IOException, ConfigException {
    FileRights rights = FileRights.ofThisProcess();
    try {
      rights.requireUnchangeable(path);
    } catch (FileRights.UnsafeFileException e) {
      if (parse(path.toString(), bytes(path)).holdsSecrets()) {
        // Its command closes the file to readers too.
        rights.requirePrivate(path);
      }
      throw e;
    }
  }

  private static byte[] bytes(Path path) throws IOException {
    FileAccess.requireRegularFile(path);
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
      if (bytes.length > LARGEST_FILE) {
        throw new IOException("it is larger than 64 KiB, which no ovh.conf is");
      }
      return bytes;
    }
  }

  /** The file's name is for messages, which never show a value. */
  private static Sections parse(String file, byte[] bytes) throws ConfigException {
    OvhConf reader = new OvhConf(file);
    reader.parse(new String(bytes, UTF_8));
    if (!reader.problems.isEmpty()) {
      throw new ConfigException(ImmutableList.sortedCopyOf(reader.problems));
    }
    return new Sections(reader.values.build());
  }

  private void parse(String text) {
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

  private static boolean isHeader(String bare) {
    return bare.startsWith("[") && bare.endsWith("]");
  }

  private static String sectionOf(String header) {
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
  private static int delimiter(String line) {
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

  /**
   * Writes settings into a section, and the endpoint into {@code [default]} if none is there. A
   * symbolic link stays one; owner and group of an existing file stay.
   */
  static void write(Path file, String section, ImmutableMap<String, String> settings)
      throws IOException {
    boolean exists = FileAccess.exists(file);
    Path real = exists ? file.toRealPath() : file.toAbsolutePath();
    FileRights.ofThisProcess()
        .requireUnchangeable(exists ? real : real.resolveSibling(".").normalize());
    List<String> lines =
        exists ? new ArrayList<>(Files.readAllLines(real, UTF_8)) : new ArrayList<>();
    if (has(lines, section, "client_id")) {
      throw new FileSystemException(
          file.toString(),
          null,
          "holds a service account (client_id) in [" + section + "]; take it away first");
    }
    if (!has(lines, "default", "endpoint")) {
      set(lines, "default", ImmutableMap.of("endpoint", section));
    }
    set(lines, section, settings);
    replace(real, String.join("\n", lines) + "\n");
  }

  private static boolean has(List<String> lines, String section, String key) {
    int start = start(lines, section);
    return start >= 0
        && lines.subList(start + 1, end(lines, start)).stream().anyMatch(line -> isKey(line, key));
  }

  /** A section's header; -1 if it has none. */
  private static int start(List<String> lines, String section) {
    return lines.stream().map(String::strip).toList().indexOf("[" + section + "]");
  }

  /** The line after a section's last. */
  private static int end(List<String> lines, int start) {
    int end = start + 1;
    while (end < lines.size() && !isHeader(lines.get(end).strip())) {
      end++;
    }
    return end;
  }

  private static boolean isKey(String line, String key) {
    int delimiter = delimiter(line);
    return delimiter > 0
        && line.substring(0, delimiter).strip().toLowerCase(Locale.ROOT).equals(key);
  }

  private static void set(
      List<String> lines, String section, ImmutableMap<String, String> settings) {
    if (start(lines, section) < 0) {
      if (!lines.isEmpty() && !lines.getLast().isBlank()) {
        lines.add("");
      }
      lines.add("[" + section + "]");
    }
    int start = start(lines, section);
    List<String> body = lines.subList(start + 1, end(lines, start));
    Map<String, String> left = new LinkedHashMap<>(settings);
    body.replaceAll(
        line -> {
          String key =
              settings.keySet().stream().filter(name -> isKey(line, name)).findFirst().orElse("");
          String value = left.remove(key);
          return value == null ? line : key + " = " + value;
        });
    int last = body.size();
    while (last > 0 && body.get(last - 1).isBlank()) {
      last--;
    }
    for (Map.Entry<String, String> entry : left.entrySet()) {
      body.add(last++, entry.getKey() + " = " + entry.getValue());
    }
  }

  private static void replace(Path file, String text) throws IOException {
    Path directory = file.getParent() == null ? Path.of(".") : file.getParent();
    var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Path draft = Files.createTempFile(directory, ".ovh.conf-", ".tmp", closed);
    try {
      keepOwner(file, draft);
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Otherwise the service could no longer read a file that root writes. */
  private static void keepOwner(Path file, Path draft) throws IOException {
    if (!FileAccess.exists(file)) {
      return;
    }
    PosixFileAttributes before = Files.readAttributes(file, PosixFileAttributes.class);
    PosixFileAttributes now = Files.readAttributes(draft, PosixFileAttributes.class);
    PosixFileAttributeView view =
        Files.getFileAttributeView(draft, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (!before.owner().equals(now.owner())) {
      view.setOwner(before.owner());
    }
    if (!before.group().equals(now.group())) {
      view.setGroup(before.group());
    }
  }
}
