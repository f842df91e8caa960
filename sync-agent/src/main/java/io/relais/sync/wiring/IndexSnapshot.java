package io.relais.sync.wiring;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.common.FileAccess;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.index.SqliteIndex;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A copy of a mirror's index to read: the agent may have the real one open, and nothing may change
 * it. Without an index, or where it can't be read, the copy is empty.
 */
public record IndexSnapshot(MirrorIndex index, Path copy) implements AutoCloseable {
  public static IndexSnapshot of(Path directory, World world) throws IOException {
    Path copy = Files.createTempDirectory("sync-agent-");
    if (Files.isDirectory(directory) && FileAccess.isReadable(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "index.db*")) {
        for (Path file : files) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    SqliteIndex.unpackNativeLibraryIn(copy);
    return new IndexSnapshot(SqliteIndex.open(copy, world.clock(), problem -> {}), copy);
  }

  @Override
  public void close() throws IOException {
    index.close();
    MoreFiles.deleteRecursively(copy, RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
