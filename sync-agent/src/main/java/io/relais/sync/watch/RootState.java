package io.relais.sync.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

/**
 * What is at the root's path at one moment. Time of birth belongs to it since a file system gives
 * the inode of a deleted directory to the next one made.
 *
 * @param real the path without symlinks
 * @param changed the time of the inode's last change
 */
record RootState(Path real, Object device, Object inode, Object birth, FileTime changed) {
  /**
   * Looks at the root.
   *
   * @throws NotDirectoryException if it is no directory
   * @throws IOException if it is not there or can't be reached
   */
  static RootState of(Path root) throws IOException {
    Path real = root.toRealPath();
    Map<String, Object> found =
        Files.readAttributes(real, "unix:dev,ino,ctime,creationTime,isDirectory");
    if (!Objects.equals(found.get("isDirectory"), true)) {
      throw new NotDirectoryException(root.toString());
    }
    return new RootState(
        real,
        attribute(found, "dev"),
        attribute(found, "ino"),
        attribute(found, "creationTime"),
        (FileTime) attribute(found, "ctime"));
  }

  private static Object attribute(Map<String, Object> found, String name) {
    return Objects.requireNonNull(found.get(name), name);
  }

  boolean isSameDirectory(RootState other) {
    return real.equals(other.real)
        && device.equals(other.device)
        && inode.equals(other.inode)
        && birth.equals(other.birth);
  }
}
