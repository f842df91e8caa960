package io.relais.sync.watch;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The kernel's limits for each user (inotify(7)), and what to do and to say where one is reached.
 *
 * @param watches {@code max_user_watches}: directories; 0 if it can't be read
 * @param instances {@code max_user_instances}: watchers; 0 if it can't be read
 */
record WatchLimits(long watches, long instances) {
  private static final Path SYSCTL = Path.of("/proc/sys");
  private static final String WATCHES = "fs.inotify.max_user_watches";
  private static final String INSTANCES = "fs.inotify.max_user_instances";

  /** A kernel that makes its own choice gives at least this many. */
  private static final long LEAST_WATCHES = 8192;

  private static final long LEAST_INSTANCES = 128;

  static WatchLimits read() {
    return new WatchLimits(
        least("fs/inotify/max_user_watches", "user/max_inotify_watches"),
        least("fs/inotify/max_user_instances", "user/max_inotify_instances"));
  }

  /** A user namespace, as of a container, has limits of its own below the system's. */
  private static long least(String system, String namespace) {
    long own = read(namespace);
    long outer = read(system);
    return own == 0 || outer == 0 ? Math.max(own, outer) : Math.min(own, outer);
  }

  private static long read(String name) {
    try (InputStream in = Files.newInputStream(SYSCTL.resolve(name))) {
      // In one read: a second gives nothing, and Files.readString makes its first for one byte.
      byte[] digits = new byte[32];
      int length = in.read(digits, 0, digits.length);
      return Long.parseLong(new String(digits, 0, Math.max(length, 0), US_ASCII).strip());
    } catch (IOException | NumberFormatException e) {
      return 0; // as in a container without /proc/sys
    }
  }

  String watchesProblem(String root, int watched, int unwatched) {
    long enough = powerOfTwo(Math.max(watches, LEAST_WATCHES) + 2L * unwatched);
    return "inotify watches ran out below %s: the limit %s is %s, %d more are needed for all %d directories; until then %d directories are looked at from time to time instead; fix it with: %s"
        .formatted(
            root,
            WATCHES,
            shown(watches),
            unwatched,
            watched + unwatched,
            unwatched,
            command(WATCHES, enough));
  }

  String instancesProblem(String root) {
    long enough = 2 * Math.max(instances, LEAST_INSTANCES);
    return "no inotify instance left to watch %s with: the limit %s is %s, 1 more is needed (or the process has too many open files); until then all directories are looked at from time to time instead; fix it with: %s"
        .formatted(root, INSTANCES, shown(instances), command(INSTANCES, enough));
  }

  /**
   * Chooses which directories to watch when there are not enough watches for all: at most {@code
   * budget}, those modified last, each with all its parents, so that a new directory next to them
   * is seen too.
   */
  static Set<RelPath> choose(Map<RelPath, FileTime> modified, int budget) {
    List<RelPath> hottest =
        modified.entrySet().stream()
            .sorted(
                Map.Entry.<RelPath, FileTime>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .map(Map.Entry::getKey)
            .toList();
    Set<RelPath> chosen = new HashSet<>();
    for (RelPath directory : hottest) {
      if (chosen.size() == budget) {
        break;
      }
      Set<RelPath> missing = new HashSet<>(directory.ancestors());
      missing.add(directory);
      missing.removeAll(chosen);
      if (chosen.size() + missing.size() <= budget) {
        chosen.addAll(missing);
      }
    }
    return chosen;
  }

  private static String shown(long limit) {
    return limit == 0 ? "unknown" : Long.toString(limit);
  }

  private static String command(String name, long value) {
    return "sysctl -w %1$s=%2$d && echo '%1$s=%2$d' > /etc/sysctl.d/60-%3$s.conf"
        .formatted(name, value, name.substring(name.lastIndexOf('.') + 1).replace('_', '-'));
  }

  private static long powerOfTwo(long atLeast) {
    long highest = Long.highestOneBit(atLeast);
    return highest == atLeast ? highest : highest * 2;
  }
}
