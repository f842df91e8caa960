package io.relais.common;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What is there and may be used, found by using it. {@link Files#exists}, {@code notExists}, {@code
 * isReadable} and, of a directory, {@code isExecutable} ask access(2), which leaves out the
 * capabilities of a user other than root: to a service with CAP_DAC_READ_SEARCH they deny what it
 * can read all the same (capabilities(7)). {@code isWritable} asks it too, and is right: that
 * capability is not for writing.
 *
 * <p>Safe for use by many threads; blocks on the disk.
 */
public final class FileAccess {
  /** What people name in place of a file that is to say nothing, as with {@code ssh -F}. */
  private static final String NOTHING = "/dev/null";

  private FileAccess() {}

  /** Whether something is there and may be looked at. */
  public static boolean exists(Path file, LinkOption... options) {
    try {
      attributes(file, options);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether nothing is there for sure: what may not be looked at may be there. */
  public static boolean isAbsent(Path file) {
    try {
      attributes(file);
      return false;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a file can be read, or a directory listed. A pipe or a device can't, to this. */
  public static boolean isReadable(Path file) {
    try {
      BasicFileAttributes found = attributes(file);
      if (found.isDirectory()) {
        try (DirectoryStream<Path> _ = Files.newDirectoryStream(file)) {
          return true;
        }
      }
      if (found.isRegularFile()) {
        try (InputStream _ = Files.newInputStream(file)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether what is in a directory can be reached. */
  public static boolean isSearchable(Path directory) {
    return exists(directory.resolve("."));
  }

  private static BasicFileAttributes attributes(Path file, LinkOption... options)
      throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, options);
  }

  /**
   * Keeps a program from waiting without end for a file that a configuration names: a pipe has no
   * end until somebody writes to it, and a device may have none at all. Call it before a file is
   * opened. One that is not there passes, and so does {@code /dev/null}.
   *
   * @throws FileSystemException if it is a directory, a pipe, a socket or a device; its reason says
   *     so, and what to do
   */
  public static void requireRegularFile(Path file) throws IOException {
    if (Files.isRegularFile(file) || !exists(file) || file.toString().equals(NOTHING)) {
      return;
    }
    throw new FileSystemException(
        Printable.cut(file.toString(), 4096),
        null,
        Files.isDirectory(file)
            ? "is a directory, not a file; name the file in it"
            : "is not a regular file; name one in its place, since a pipe or a device may never end");
  }
}
