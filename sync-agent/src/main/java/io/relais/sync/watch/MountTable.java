package io.relais.sync.watch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is mounted in a directory. inotify says nothing of a mount, nor of the end of one whose file
 * system is mounted elsewhere too.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">mountinfo</a>
 */
final class MountTable {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");

  /** In a line of the table, counted from 0. */
  private static final int POINT = 4;

  private MountTable() {}

  /** One line for each; nothing where the table can't be read. */
  static ImmutableSet<String> of(Path directory) {
    try {
      return of(directory, Files.readAllLines(TABLE, ISO_8859_1));
    } catch (IOException e) {
      return ImmutableSet.of();
    }
  }

  /** The same, from the lines of the table. */
  static ImmutableSet<String> of(Path directory, List<String> table) {
    String path = escaped(NativeNames.latin1(directory));
    String start = path.endsWith("/") ? path : path + "/";
    return table.stream()
        .filter(line -> point(line).startsWith(start))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static String point(String line) {
    String[] fields = line.split(" ", POINT + 2);
    return fields.length > POINT ? fields[POINT] : "";
  }

  private static String escaped(String path) {
    return path.replace("\\", "\\134")
        .replace(" ", "\\040")
        .replace("\t", "\\011")
        .replace("\n", "\\012");
  }
}
