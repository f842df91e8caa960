package io.relais.sync.openssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Refuses a configuration file that somebody else could have written, as OpenSSH does ("Bad owner
 * or permissions"): it must belong to the user or to root, and no group and no other may write to
 * it.
 */
final class FileGuard {
  private static final int WRITABLE_BY_OTHERS = 022;

  private FileGuard() {}

  static void check(Path path, long uid) throws SshConfigException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return;
    }
    int owner;
    int mode;
    try {
      owner = (Integer) Files.getAttribute(path, "unix:uid");
      mode = (Integer) Files.getAttribute(path, "unix:mode");
    } catch (IOException e) {
      throw new SshConfigException(path, "it can't be looked at (" + e + "); check its directory");
    }
    if ((owner != 0 && owner != uid) || (mode & WRITABLE_BY_OTHERS) != 0) {
      throw new SshConfigException(
          path,
          "bad owner or permissions: others could write to it; run: chown "
              + uid
              + " "
              + path
              + " && chmod go-w "
              + path);
    }
  }
}
