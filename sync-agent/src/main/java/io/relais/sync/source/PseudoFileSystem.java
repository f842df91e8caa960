package io.relais.sync.source;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.relais.common.EscapedName;
import io.relais.linux.Errno;
import io.relais.linux.Libc;
import io.relais.linux.Scratch;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.Optional;

/**
 * File systems that hold no files of anybody, but are the kernel's own doors: what is read there is
 * made up at that moment, tells of processes, keys and devices, may have no end, and may do
 * something. Each is told by the number that fstatfs(2) gives of an open descriptor ({@code
 * linux/magic.h}), so wherever it is mounted, and whatever path led there.
 *
 * <p>Not among them: tmpfs, ramfs, hugetlbfs and FUSE, which hold what programs have put there;
 * devtmpfs, which can't be told from tmpfs, and whose devices are never read anyway; autofs, which
 * only stands in for what is mounted on demand.
 */
public final class PseudoFileSystem {
  /** The type is the first member of a {@code struct statfs}. */
  private static final long F_TYPE = 0;

  private static final Map<Integer, String> TYPES =
      Map.ofEntries(
          Map.entry(0x9FA0, "proc"),
          Map.entry(0x62656572, "sysfs"),
          Map.entry(0x27E0EB, "cgroup"),
          Map.entry(0x63677270, "cgroup2"),
          Map.entry(0x7655821, "resctrl"),
          Map.entry(0x73636673, "securityfs"),
          Map.entry(0x5A3C69F0, "apparmorfs"),
          Map.entry(0xF97CFF8C, "selinuxfs"),
          Map.entry(0x43415D53, "smackfs"),
          Map.entry(0x64626720, "debugfs"),
          Map.entry(0x74726163, "tracefs"),
          Map.entry(0xCAFE4A11, "bpf"),
          Map.entry(0x62656570, "configfs"),
          Map.entry(0x6165676C, "pstore"),
          Map.entry(0xDE5E81E4, "efivarfs"),
          Map.entry(0x42494E4D, "binfmt_misc"),
          Map.entry(0x65735543, "fusectl"),
          Map.entry(0x19800202, "mqueue"),
          Map.entry(0x1CD1, "devpts"),
          Map.entry(0x6C6F6F70, "binder"),
          Map.entry(0xABBA1974, "xenfs"),
          Map.entry(0x9FA1, "openpromfs"),
          Map.entry(0x67596969, "rpc_pipefs"),
          Map.entry(0x6E667364, "nfsd"),
          Map.entry(0x6E736673, "nsfs"));

  private PseudoFileSystem() {}

  /** Which one a descriptor is on; empty for any other file system. */
  public static Optional<String> of(Scratch scratch, int descriptor) throws IOException {
    MemorySegment statfs = scratch.statfs();
    int result = Libc.fstatfs(scratch.errno(), descriptor, statfs);
    if (result < 0) {
      throw Errno.exception(-result, "");
    }
    return Optional.ofNullable(TYPES.get((int) statfs.get(JAVA_LONG, F_TYPE)));
  }

  /** What is asked for lies on one. */
  public static final class RefusedException extends FileSystemException {
    private static final long serialVersionUID = 1;

    private RefusedException(RelPath path, String reason) {
      super(path.toString(), null, reason);
    }
  }

  /**
   * Refuses what lies on one.
   *
   * @param path what is asked for
   * @throws RefusedException if it does
   */
  public static void refuse(Scratch scratch, int descriptor, RelPath path) throws IOException {
    refuse(scratch, descriptor, "", path);
  }

  /**
   * The same for what a symlink leads to, or through.
   *
   * @param place where that is, one character a byte; empty for the path itself
   */
  public static void refuse(Scratch scratch, int descriptor, String place, RelPath path)
      throws IOException {
    Optional<String> type = of(scratch, descriptor);
    if (type.isPresent()) {
      throw new RefusedException(
          path,
          "%s a file system of the kernel's own (%s), which is never mirrored; remove it, or exclude it"
              .formatted(
                  place.isEmpty()
                      ? "it is on"
                      : "it leads to " + EscapedName.of(place) + ", which is on",
                  type.get()));
    }
  }
}
