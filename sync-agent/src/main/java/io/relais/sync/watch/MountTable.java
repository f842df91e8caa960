package io.relais.sync.watch;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is mounted, as the kernel tells it. inotify says nothing of a mount, nor of the end of one
 * whose file system is mounted elsewhere too.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">mountinfo</a>
 */
public final class MountTable {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");

  /** In a line of the table, counted from 0. */
  private static final int POINT = 4;

  private static final String END_OF_OPTIONS = "-";

  private MountTable() {}

  /**
   * One mount.
   *
   * @param point where, one character a byte
   * @param type of the file system
   * @param line of the table: equal only for the very same mount
   */
  public record Mount(String point, String type, String line) {
    /** Whether it is at a directory or below it. */
    public boolean isWithin(String directory) {
      return MountTable.isWithin(point, directory);
    }
  }

  /** All mounts, in the order in which they were made; none where the table can't be read. */
  public static ImmutableList<Mount> read() {
    try {
      return parse(Files.readAllLines(TABLE, ISO_8859_1));
    } catch (IOException e) {
      return ImmutableList.of();
    }
  }

  /** The same, from the lines of the table. */
  public static ImmutableList<Mount> parse(List<String> table) {
    return table.stream().flatMap(line -> mount(line).stream()).collect(toImmutableList());
  }

  /** One line for each mount below a directory. */
  static ImmutableSet<String> below(Path directory, List<Mount> mounts) {
    String path = NativeNames.latin1(directory);
    String start = path.endsWith("/") ? path : path + "/";
    return mounts.stream()
        .filter(mount -> mount.point.startsWith(start))
        .map(Mount::line)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Whether a path is a directory's or below it. */
  public static boolean isWithin(String path, String directory) {
    return path.equals(directory) || directory.equals("/") || path.startsWith(directory + "/");
  }

  private static Optional<Mount> mount(String line) {
    List<String> fields = List.of(line.split(" ", -1));
    int end = fields.indexOf(END_OF_OPTIONS);
    return end > POINT && end + 1 < fields.size()
        ? Optional.of(new Mount(unescaped(fields.get(POINT)), fields.get(end + 1), line))
        : Optional.empty();
  }

  private static String unescaped(String text) {
    return text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
