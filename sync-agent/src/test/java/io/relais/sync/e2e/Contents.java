package io.relais.sync.e2e;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every content that each path of the source ever had. A content is noted before it is there, and
 * written with one call of write(2), so there are no others. Read by many threads, written by one.
 */
final class Contents {
  private static final byte[] NOTHING = {};

  private final int prefix;
  private final Map<String, Set<HashCode>> known = new ConcurrentHashMap<>();

  Contents(Path root) {
    this.prefix = NativeNames.latin1(root).length();
  }

  private String name(Path path) {
    return NativeNames.latin1(path).substring(prefix);
  }

  private void note(Path path, byte[] content) {
    known
        .computeIfAbsent(name(path), _ -> ConcurrentHashMap.newKeySet())
        .add(Hashing.murmur3_128().hashBytes(content));
  }

  /**
   * Whether the path (as {@link NativeNames} has it, from the root's end on) ever had the content.
   */
  boolean had(String path, byte[] content) {
    return known.getOrDefault(path, Set.of()).contains(Hashing.murmur3_128().hashBytes(content));
  }

  /** Makes a file or empties it, then fills it: empty is one of its contents. */
  void write(Path file, byte[] content) throws IOException {
    note(file, NOTHING);
    note(file, content);
    put(file, 0, content, CREATE, WRITE, TRUNCATE_EXISTING);
  }

  /** Writes over a file of the same size: the old content, then the new one, nothing else. */
  void overwrite(Path file, byte[] content) throws IOException {
    note(file, content);
    put(file, 0, content, WRITE);
  }

  void append(Path file, byte[] more) throws IOException {
    byte[] old = Files.readAllBytes(file);
    byte[] all = new byte[old.length + more.length];
    System.arraycopy(old, 0, all, 0, old.length);
    System.arraycopy(more, 0, all, old.length, more.length);
    note(file, all);
    put(file, old.length, more, WRITE);
  }

  void truncate(Path file, int size) throws IOException {
    byte[] old = Files.readAllBytes(file);
    note(file, Arrays.copyOf(old, size));
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      channel.truncate(size);
    }
  }

  /** All that is at {@code from} is about to be at {@code to}. */
  void willMove(Path from, Path to) throws IOException {
    if (Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
      note(to, Files.readAllBytes(from));
    }
    for (Path path : Listing.below(from)) {
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        note(to.resolve(from.relativize(path)), Files.readAllBytes(path));
      }
    }
  }

  private static void put(Path file, long at, byte[] content, OpenOption... options)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, Set.of(options))) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      if (channel.write(buffer, at) != content.length) {
        throw new IOException("a short write to " + file);
      }
    }
  }
}
