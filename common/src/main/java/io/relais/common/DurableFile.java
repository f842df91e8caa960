package io.relais.common;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Replaces a small file whole: a reader, a kill and a crash find the old one or the new one. Only
 * its owner may read it. What root writes into another user's directory becomes that user's: a
 * command by hand must not leave a file that the service can't use.
 */
public final class DurableFile {
  private static final Integer ROOT = 0;
  private static final Set<PosixFilePermission> FOR_ALL =
      PosixFilePermissions.fromString("rw-r--r--");

  private DurableFile() {}

  /**
   * Writes, flushes, renames, flushes the directory. A draft next to it, of the name and {@code
   * .tmp}, is replaced; a failure leaves none.
   *
   * @throws IOException if it can't: then the old one is there, or, if only the directory could not
   *     be flushed, perhaps the new one
   */
  public static void replace(Path file, byte[] content) throws IOException {
    Path whole = file.toAbsolutePath();
    exchange(whole, content, new Manner(true, false));
    forceDirectory(whole);
  }

  /** The same for what every account may read. */
  public static void replaceForAll(Path file, byte[] content) throws IOException {
    Path whole = file.toAbsolutePath();
    exchange(whole, content, new Manner(true, true));
    forceDirectory(whole);
  }

  /**
   * The same without waiting for the disk: for what is written often and only shown to people. A
   * reader and a kill find the old one or the new one; a crash of the machine may lose both.
   */
  public static void replaceUnflushed(Path file, byte[] content) throws IOException {
    exchange(file.toAbsolutePath(), content, new Manner(false, false));
  }

  /** Whether it must be on the disk, and whether every account may read it. */
  private record Manner(boolean flushed, boolean forAll) {}

  private static void exchange(Path whole, byte[] content, Manner manner) throws IOException {
    Path draft = whole.resolveSibling(whole.getFileName() + ".tmp");
    Files.deleteIfExists(draft);
    try {
      write(draft, content, manner.flushed());
      keepToDirectorysOwner(draft);
      if (manner.forAll() && isPosix(draft)) {
        Files.setPosixFilePermissions(draft, FOR_ALL);
      }
      Files.move(draft, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      remove(draft, e);
      throw e;
    }
  }

  private static void write(Path draft, byte[] content, boolean flush) throws IOException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            draft,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            privateMode(draft))) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      // Every file system that keeps anything has FileChannels.
      if (flush && channel instanceof FileChannel real) {
        real.force(true);
      }
    } catch (FileAlreadyExistsException e) {
      throw new FileSystemException(draft.toString(), null, "another process is writing it");
    }
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /** To make a file with that only its owner may read; none where a file system has no modes. */
  public static FileAttribute<?>[] privateMode(Path file) {
    return isPosix(file)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  /**
   * Only root can give a file away. The directory's owner may have put a link in its place by now,
   * which must not be followed.
   */
  private static void keepToDirectorysOwner(Path draft) throws IOException {
    Path directory = draft.getParent();
    if (directory == null || !isPosix(draft)) {
      return;
    }
    Map<String, Object> theirs = Files.readAttributes(directory, "unix:uid,gid");
    if (Objects.equals(Files.getAttribute(draft, "unix:uid", LinkOption.NOFOLLOW_LINKS), ROOT)
        && !Objects.equals(theirs.get("uid"), ROOT)) {
      Files.setAttribute(draft, "unix:gid", theirs.get("gid"), LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(draft, "unix:uid", theirs.get("uid"), LinkOption.NOFOLLOW_LINKS);
    }
  }

  private static void remove(Path draft, IOException cause) {
    try {
      Files.deleteIfExists(draft);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** So that the rename too is on the disk. */
  private static void forceDirectory(Path file) throws IOException {
    try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
