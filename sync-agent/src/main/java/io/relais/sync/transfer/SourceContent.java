package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.CpuYield;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.Closeable;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a source file, from one moment's state of it or not at all: it is looked at before
 * and after, and hashed on the way. For one thread.
 */
final class SourceContent implements SyncTarget.Content, Closeable {
  /**
   * A file that was changed less than this ago could be written again under the same times. So a
   * small one is taken as a {@link StableRead}, and recorded as one to be looked at again; a large
   * one is given time to settle.
   */
  private static final long SETTLED_NANOS = SourceEntry.SETTLED.toNanos();

  /** How often a file is given time to settle that is written all the time. */
  private static final int MOST_TRIES = 3;

  private static final long LEAST_ROOM = 4 << 20;

  private final RelPath path;
  private final SourceFile file;
  private final SourceEntry entry;
  private final BooleanSupplier stopping;
  private final TransferProgress transferProgress;
  private final MessageDigest digest = sha256();
  private long read;
  private long leftOut;

  private SourceContent(
      RelPath path,
      SourceFile file,
      SourceEntry entry,
      BooleanSupplier stopping,
      TransferProgress transferProgress) {
    this.path = path;
    this.file = file;
    this.entry = entry;
    this.stopping = stopping;
    this.transferProgress = transferProgress;
  }

  static SourceContent open(
      SourceTree tree,
      RelPath path,
      InstantSource clock,
      BooleanSupplier stopping,
      TransferProgress transferProgress)
      throws IOException {
    for (int tries = 0; ; tries++) {
      // By its path each time: what was open before may be under another one by now.
      SourceFile file = tree.open(path);
      boolean taken = false;
      try {
        SourceEntry entry = file.opened();
        long age = nanos(clock) - entry.ctimeNanos();
        boolean young = age >= 0 && age < SETTLED_NANOS;
        if (!young || tries == MOST_TRIES) {
          taken = true;
          return new SourceContent(path, file, entry, stopping, transferProgress);
        }
        StableRead stableRead = tries == 0 ? StableRead.take(tree, path) : null;
        if (stableRead != null) {
          return new SourceContent(path, stableRead, stableRead.stat(), stopping, transferProgress);
        }
        settle(age);
      } finally {
        if (!taken) {
          file.close();
        }
      }
    }
  }

  private static void settle(long age) throws StoppedException {
    try {
      Thread.sleep((SETTLED_NANOS - age) / 1_000_000 + 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }

  private static long nanos(InstantSource clock) {
    var now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /** The file as it was when it was opened, and still is if {@link #finish} says nothing else. */
  SourceEntry entry() {
    return entry;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = readUnhashed(buffer, offset, length);
    digest.update(buffer, offset, count);
    return count;
  }

  /** The same, for callers that compute the hash themselves. */
  int readUnhashed(byte[] buffer, int offset, int length) throws IOException {
    if (stopping.getAsBoolean()) {
      throw new StoppedException();
    }
    int count = file.read(buffer, offset, length);
    read += count;
    transferProgress.sent(count);
    if (read > entry.size()) {
      throw changed();
    }
    return count;
  }

  @Override
  public void leftOut(int count) {
    leftOut += count;
  }

  /** How much of what was read had to be sent. */
  long bytesSent() {
    return read - leftOut;
  }

  /**
   * About how much room a copy takes: less than the size if it has holes. Not less than a {@link
   * #LEAST_ROOM}, so that a large file is read in large parts all the same.
   */
  long room() {
    return Math.max(Math.min(entry.size(), LEAST_ROOM), Math.min(entry.size(), file.allocated()));
  }

  @Override
  public void finish() throws IOException {
    SourceEntry now = file.stat();
    if (read != entry.size()
        || now.size() != entry.size()
        || now.mtimeNanos() != entry.mtimeNanos()
        || now.ctimeNanos() != entry.ctimeNanos()) {
      throw changed();
    }
  }

  private SourceChangedException changed() {
    return new SourceChangedException(path + " changed while it was read");
  }

  /** Reads all of it for its hash alone. */
  HashCode hashAll() throws IOException {
    byte[] buffer = new byte[(int) Math.min(entry.size() + 1, 1 << 17)];
    CpuYield cpuYield = new CpuYield();
    for (int count = 1; count > 0; cpuYield.worked(count)) {
      count = read(buffer, 0, buffer.length);
    }
    finish();
    return hash();
  }

  /** Reads all of a small file. */
  byte[] readAll() throws IOException {
    byte[] all = new byte[Math.toIntExact(entry.size())];
    int count = 0;
    for (int more = 1; more > 0 && count < all.length; count += more) {
      more = read(all, count, all.length - count);
    }
    finish();
    return all;
  }

  /** SHA-256 of what {@link #read} gave; once. */
  HashCode hash() {
    return HashCode.fromBytes(digest.digest());
  }

  long bytesRead() {
    return read;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /**
   * A small file as it was at one moment, in memory. Its times can't prove that, since they are too
   * young; but it was read twice, and what is the same both times was so in between.
   */
  static final class StableRead implements SourceFile {
    /** In memory for each file under way. */
    static final int MOST_BYTES = 64 << 10;

    private final SourceEntry entry;
    private final byte[] content;
    private int position;

    private StableRead(SourceEntry entry, byte[] content) {
      this.entry = entry;
      this.content = content;
    }

    /** Reads a file; null if it changes meanwhile, or is too large. */
    static @Nullable StableRead take(SourceTree tree, RelPath path) throws IOException {
      StableRead first = read(tree, path);
      StableRead second = first == null ? null : read(tree, path);
      return first != null
              && second != null
              && first.entry.equals(second.entry)
              && Arrays.equals(first.content, second.content)
          ? second
          : null;
    }

    private static @Nullable StableRead read(SourceTree tree, RelPath path) throws IOException {
      try (SourceFile file = tree.open(path)) {
        SourceEntry entry = file.opened();
        if (entry.size() > MOST_BYTES) {
          return null;
        }
        byte[] content = new byte[(int) entry.size()];
        boolean whole =
            file.read(content, 0, content.length) == content.length
                && file.read(new byte[1], 0, 1) == 0;
        return whole && file.stat().equals(entry) ? new StableRead(entry.racy(), content) : null;
      }
    }

    @Override
    public SourceEntry opened() {
      return entry;
    }

    @Override
    public SourceEntry stat() {
      return entry;
    }

    @Override
    public long allocated() {
      return content.length;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int count = Math.min(length, content.length - position);
      System.arraycopy(content, position, buffer, offset, count);
      position += count;
      return count;
    }

    @Override
    public void close() {}
  }
}
