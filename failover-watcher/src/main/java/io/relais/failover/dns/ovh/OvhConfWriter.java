package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import java.io.IOException;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Changes some settings of an {@code ovh.conf}, line by line, so that the rest stays as it was. */
final class OvhConfWriter {
  private OvhConfWriter() {}

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
        && lines.subList(start + 1, end(lines, start)).stream()
            .anyMatch(l -> isKey(l, Set.of(key)));
  }

  /** A section's header; -1 if it has none. */
  private static int start(List<String> lines, String section) {
    return lines.stream().map(String::strip).toList().indexOf("[" + section + "]");
  }

  /** The line after a section's last. */
  private static int end(List<String> lines, int start) {
    int end = start + 1;
    while (end < lines.size() && !OvhConf.isHeader(lines.get(end).strip())) {
      end++;
    }
    return end;
  }

  private static boolean isKey(String line, Set<String> keys) {
    int delimiter = OvhConf.delimiter(line);
    return delimiter > 0
        && keys.contains(line.substring(0, delimiter).strip().toLowerCase(Locale.ROOT));
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
              settings.keySet().stream()
                  .filter(name -> isKey(line, Set.of(name)))
                  .findFirst()
                  .orElse("");
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

  /** Else a file that root writes could not be read by the service any more. */
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
