package io.relais.sync.scan;

import static io.relais.sync.scan.Libc.O_CLOEXEC;
import static io.relais.sync.scan.Libc.O_DIRECTORY;
import static io.relais.sync.scan.Libc.O_NOFOLLOW;
import static io.relais.sync.scan.Libc.O_PATH;

import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.RootStamp;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemLoopException;
import java.util.HashSet;
import java.util.Set;

/**
 * Goes down from the root's descriptor to a directory, one component at a time, so that a path of
 * any length works and a symlink on the way is met as such. Under {@link LinkPolicy#FOLLOW} a
 * symlink is followed, but never back into a directory that the path has already come through.
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
  private final RootStamp rootIdentity;
  private final boolean follow;
  private final boolean atOnce;

  /**
   * @param atOnce whether the kernel may be asked to go all the way
   */
  DirectoryWalk(int root, RootStamp rootIdentity, LinkPolicy policy, boolean atOnce) {
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
    Set<RootStamp> passed = new HashSet<>();
    passed.add(rootIdentity);
    int at = root;
    try {
      for (MemorySegment name : scratch.names(directory)) {
        int next = Libc.openat(scratch.errno(), at, name, follow ? FLAGS : FLAGS | O_NOFOLLOW);
        release(at);
        at = root;
        if (next < 0) {
          throw Errno.exception(-next, directory.toString());
        }
        at = next;
        if (follow) {
          checkNew(scratch, next, passed, directory);
        }
      }
      return at == root ? Fd.borrowed(root) : Fd.owned(at);
    } catch (Throwable t) {
      release(at);
      throw t;
    }
  }

  private void release(int descriptor) {
    if (descriptor != root) {
      Libc.close(descriptor);
    }
  }

  private static void checkNew(
      Scratch scratch, int descriptor, Set<RootStamp> passed, RelPath directory)
      throws IOException {
    int result = scratch.statx(descriptor);
    if (result < 0) {
      throw Errno.exception(-result, directory.toString());
    }
    if (!passed.add(Statx.identity(scratch.statx))) {
      throw new FileSystemLoopException(directory.toString());
    }
  }
}
