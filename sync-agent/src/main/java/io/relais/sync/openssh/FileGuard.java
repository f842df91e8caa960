package io.relais.sync.openssh;

import io.relais.common.FileRights;
import io.relais.common.FileRights.UnsafeFileException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Refuses a configuration file that somebody else could have written, as OpenSSH does ("Bad owner
 * or permissions"): it must belong to the user or to root, and no group and no other may write to
 * it. The directories on the way count too, and so does a file that is named on purpose, as with
 * {@code ssh -F}: nobody looks at it again when the service starts.
 */
final class FileGuard {

  private FileGuard() {}

  /** Call it before the file is read; one that is not there passes. */
  static void check(Path path, long uid) throws SshConfigException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return;
    }
    try {
      FileRights.of(Math.toIntExact(uid)).requireUnchangeable(path);
    } catch (UnsafeFileException e) {
      throw new SshConfigException(path, "bad owner or permissions: it " + e.getReason());
    } catch (NoSuchFileException e) {
      // Then nothing is read from it either.
    } catch (IOException e) {
      throw new SshConfigException(path, Unread.why(path, e));
    }
  }
}
