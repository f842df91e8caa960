package io.relais.failover.engine;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;

/** Replaces small files whole: a reader, and a crash, find the old one or the new one. */
final class DurableFile {
  private DurableFile() {}

  /**
   * Writes, flushes, renames, flushes the directory. Readable by the directory's owner only,
   * whoever writes it.
   */
  static void replace(Path file, byte[] bytes) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".tmp");
    Path directory = requireNonNull(file.toAbsolutePath().getParent());
    Files.deleteIfExists(draft);
    try (FileChannel out =
        FileChannel.open(
            draft,
            java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
      out.force(true);
    }
    giveToOwnerOf(directory, draft);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
      entries.force(true);
    }
  }

  /** What root writes there, the service has to be able to read. */
  private static void giveToOwnerOf(Path directory, Path file) throws IOException {
    UserPrincipal owner = Files.getOwner(directory);
    if (!owner.equals(Files.getOwner(file))) {
      Files.setOwner(file, owner);
    }
  }
}
