package io.relais.sync.watch.poll;

import com.google.common.collect.ImmutableMap;
import io.relais.sync.path.NativeNames;
import io.relais.sync.path.ShellWord;
import io.relais.sync.watch.MountTable;
import io.relais.sync.watch.MountTable.Mount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * File systems whose files can change without this kernel's doing: on a server, on another machine,
 * or in what a FUSE program shows. inotify tells only of what is done through the mount itself, and
 * no call tells which file systems these are, so they are known by name.
 *
 * <p>Not among them: {@code fuseblk}, which is a disk of this machine; and overlayfs, which is
 * where containers live: what is done below it, past the overlay, has no defined effect anyway.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7), limitations</a>
 */
public final class SilentFileSystems {
  private static final Set<String> TYPES =
      Set.of(
          "9p",
          "afs",
          "beegfs",
          "ceph",
          "cifs",
          "coda",
          "fuse",
          "gfs2",
          "gpfs",
          "lustre",
          "ncpfs",
          "nfs",
          "nfs4",
          "ocfs2",
          "orangefs",
          "prl_fs",
          "pvfs2",
          "smb3",
          "smbfs",
          "vboxsf",
          "virtiofs",
          "vmhgfs");

  private SilentFileSystems() {}

  /**
   * Those that hold a directory or something below it: where each begins there, and its type.
   *
   * @param directory a real path
   */
  public static ImmutableMap<Path, String> at(Path directory) {
    return at(directory, MountTable.read());
  }

  /** The same, for these mounts. */
  static ImmutableMap<Path, String> at(Path directory, List<Mount> mounts) {
    String path = NativeNames.latin1(directory);
    List<Mount> above = new ArrayList<>();
    // What is mounted last at a point hides what was there before.
    Map<String, Mount> below = new TreeMap<>();
    for (Mount mount : mounts) {
      if (MountTable.isWithin(path, mount.point())) {
        above.add(mount);
      } else if (mount.isWithin(path)) {
        below.put(mount.point(), mount);
      }
    }
    ImmutableMap.Builder<Path, String> found = ImmutableMap.builder();
    above.stream()
        .max(Comparator.comparingInt(mount -> mount.point().length()))
        .map(longest -> last(above, longest.point()))
        .filter(SilentFileSystems::isSilent)
        .ifPresent(mount -> found.put(directory, mount.type()));
    below.values().stream()
        .filter(SilentFileSystems::isSilent)
        .forEach(mount -> found.put(NativeNames.path(mount.point()), mount.type()));
    return found.buildOrThrow();
  }

  private static Mount last(List<Mount> mounts, String point) {
    return mounts.stream().filter(each -> each.point().equals(point)).toList().getLast();
  }

  private static boolean isSilent(Mount mount) {
    return TYPES.contains(mount.type()) || mount.type().startsWith("fuse.");
  }

  /** What to tell of one, in one line. */
  public static String told(Path place, String type, Duration poll) {
    return "%s is on a file system of type %s, which does not tell of changes made elsewhere: it is looked at every %s for new and deleted files, and every %s for all else ('poll')"
        .formatted(
            ShellWord.shown(place),
            type,
            shown(poll),
            shown(poll.multipliedBy(PollingSource.FULL)));
  }

  private static String shown(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? (duration.toSeconds() % 60 == 0
            ? duration.toMinutes() + " min"
            : duration.toSeconds() + " s")
        : duration.toMillis() + " ms";
  }
}
