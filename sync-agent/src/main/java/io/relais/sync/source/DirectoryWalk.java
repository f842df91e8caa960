package io.relais.sync.source;

import static io.relais.linux.Libc.O_CLOEXEC;
import static io.relais.linux.Libc.O_DIRECTORY;
import static io.relais.linux.Libc.O_NOFOLLOW;
import static io.relais.linux.Libc.O_PATH;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.OpenHow;
import io.relais.linux.Scratch;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NotDirectoryException;
import java.util.HashSet;
import java.util.Set;

/**
 * Goes down from the root's descriptor to a directory, one component at a time, so that a path of
 * any length works and a symlink on the way is met as such. Under {@link LinkPolicy#FOLLOW} a
 * symlink is followed, but never back into a directory that the path has already come through, nor
 * to a {@link PseudoFileSystem}.
 *
 * <p>Where no symlink is to be followed, the kernel can go all the way in one call, and is asked
 * first. Whatever it says against it, the walk then finds out by itself.
 */
final class DirectoryWalk {
  private static final int FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC;

  private static final MemorySegment AT_ONCE = OpenHow.plainlyBelow(FLAGS);

  /** Not before Linux 5.6, nor where a filter of system calls is older than that. */
  private static volatile boolean kernelGoesAtOnce = true;

  private final int root;
  private final RootIdentity rootIdentity;
  private final boolean follow;
  private final boolean atOnce;

  /**
   * @param atOnce whether the kernel may be asked to go all the way
   */
  DirectoryWalk(int root, RootIdentity rootIdentity, LinkPolicy policy, boolean atOnce) {
    this.root = root;
    this.rootIdentity = rootIdentity;
    this.follow = policy == LinkPolicy.FOLLOW;
    this.atOnce = atOnce && !follow;
  }

  /**
   * Opens a directory, for looking things up in it only.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there
   * @throws java.nio.file.NotDirectoryException if it or a parent is something else
   */
  Fd open(Scratch scratch, RelPath directory) throws IOException {
    if (atOnce && kernelGoesAtOnce && directory.latin1().indexOf('/') >= 0) {
      int whole = Libc.openat2(scratch.errno(), root, scratch.string(directory.latin1()), AT_ONCE);
      if (whole >= 0) {
        return Fd.owned(whole);
      }
      if (whole == -Errno.ENOENT) {
        // Names are looked up in the same order, so the walk would meet the same missing one.
        throw Errno.exception(-whole, directory.toString());
      }
      if (whole == -Errno.ENOSYS || whole == -Errno.EPERM) {
        kernelGoesAtOnce = false;
      }
    }
    return walk(scratch, directory);
  }

  private Fd walk(Scratch scratch, RelPath directory) throws IOException {
    Set<RootIdentity> passed = new HashSet<>();
    passed.add(rootIdentity);
    Fd at = Fd.borrowed(root);
    try {
      for (MemorySegment name : scratch.names(directory.latin1())) {
        Fd next =
            follow ? followed(scratch, at, name, directory) : plain(scratch, at, name, directory);
        if (next.owned()) {
          at.close();
          at = next;
        }
        if (follow) {
          checkNew(scratch, at.number(), passed, directory);
        }
      }
      return at;
    } catch (Throwable t) {
      at.close();
      throw t;
    }
  }

  private static Fd plain(Scratch scratch, Fd at, MemorySegment name, RelPath directory)
      throws IOException {
    int next = Libc.openat(scratch.errno(), at.number(), name, FLAGS | O_NOFOLLOW);
    if (next < 0) {
      throw Errno.exception(-next, directory.toString());
    }
    return Fd.owned(next);
  }

  private static Fd followed(Scratch scratch, Fd at, MemorySegment name, RelPath directory)
      throws IOException {
    PathWalk.Place place = follow(scratch, at.number(), name.getString(0, ISO_8859_1), directory);
    if (!place.isDirectory()) {
      place.close();
      throw new NotDirectoryException(directory.toString());
    }
    return place.directory();
  }

  /**
   * Goes to what bears a name in a directory, through all symlinks, but neither into nor through a
   * file system of the kernel's own.
   *
   * @param path for the message
   */
  static PathWalk.Place follow(Scratch scratch, int directory, String name, RelPath path)
      throws IOException {
    return PathWalk.follow(
        scratch,
        Fd.borrowed(directory),
        "",
        name,
        (descriptor, at, _) ->
            PseudoFileSystem.refuse(scratch, descriptor, at.equals(name) ? "" : at, path));
  }

  private static void checkNew(
      Scratch scratch, int descriptor, Set<RootIdentity> passed, RelPath directory)
      throws IOException {
    int result = scratch.statx(descriptor);
    if (result < 0) {
      throw Errno.exception(-result, directory.toString());
    }
    if (!passed.add(StatxEntry.identity(scratch.statx))) {
      throw new FileSystemLoopException(directory.toString());
    }
  }
}
