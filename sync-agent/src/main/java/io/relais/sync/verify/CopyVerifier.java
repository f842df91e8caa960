package io.relais.sync.verify;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.source.SourceTree;
import io.relais.sync.source.SourceTree.SourceOpener;
import io.relais.sync.transfer.SourceHash;
import io.relais.sync.transfer.StoppedException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads copies back over one connection and compares them with what is known of them: slowly, and
 * not while the mirror has something to do. There is a thread only for as long as there is
 * something to read. For the owner's thread.
 */
public final class CopyVerifier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CopyVerifier.class);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final SyncTarget target;
  private final SourceOpener source;
  private final InstantSource clock;
  private final Runnable wake;
  private volatile boolean working;
  private volatile boolean closed;
  private volatile boolean running;
  private volatile @Nullable Batch done;

  /**
   * Prepares to read.
   *
   * @param source for files whose content was never read here
   * @param wake called, from another thread, when there is something to take
   */
  public CopyVerifier(SyncTarget target, SourceOpener source, InstantSource clock, Runnable wake) {
    this.target = target;
    this.source = source;
    this.clock = clock;
    this.wake = wake;
  }

  /** What a copy turned out to be. */
  public enum Verdict {
    /** What it should be. */
    SAME,
    /** Something else, though nothing but its content tells. */
    DIFFERENT,
    /** It can't be told: it changed, or could not be read. */
    UNKNOWN
  }

  /**
   * One file.
   *
   * @param confirmed what was known of it when it was read
   * @param content what both sides have, where that was not known before; else null
   */
  public record Finding(
      RelPath path, IndexEntry confirmed, Verdict verdict, @Nullable HashCode content) {}

  /**
   * What was read.
   *
   * @param whole whether all that was asked for was looked at
   */
  public record Batch(List<Finding> findings, boolean whole) {}

  /** Whether something is being read, or was read and not taken. */
  public boolean isBusy() {
    return running || done != null;
  }

  /**
   * Begins to read files back, one after the other.
   *
   * @param bytesPerSecond at most
   */
  public void begin(Map<RelPath, IndexEntry> files, long bytesPerSecond) {
    running = true;
    Thread.ofVirtual().name("read-back").start(() -> run(files, bytesPerSecond));
  }

  /** What was read since; null if nothing is ready. */
  public @Nullable Batch take() {
    Batch batch = done;
    done = null;
    return batch;
  }

  /** Whether the mirror is at work: then nothing is read. */
  public void yieldTo(boolean isWorking) {
    working = isWorking;
  }

  private void run(Map<RelPath, IndexEntry> files, long bytesPerSecond) {
    List<Finding> findings = new ArrayList<>();
    boolean whole = false;
    try (Sources sources = new Sources()) {
      Pace pace = new Pace(bytesPerSecond);
      for (Map.Entry<RelPath, IndexEntry> each : files.entrySet()) {
        findings.add(read(each.getKey(), each.getValue(), sources, pace));
      }
      whole = true;
    } catch (StoppedException | TargetUnavailableException | TargetRefusedException e) {
      LOG.debug("reading back was broken off: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      done = new Batch(findings, whole);
      running = false;
      wake.run();
    }
  }

  private Finding read(RelPath path, IndexEntry indexEntry, Sources sources, Pace pace)
      throws StoppedException,
          TargetUnavailableException,
          TargetRefusedException,
          InterruptedException {
    try {
      pace.await();
      HashCode known = indexEntry.hash();
      HashCode wanted = known == null ? sources.hash(path, indexEntry) : known;
      if (indexEntry.isDamaged() || wanted == null) {
        return new Finding(path, indexEntry, Verdict.UNKNOWN, null);
      }
      Hasher there = Hashing.sha256().newHasher();
      boolean all =
          target.readBeside(
              path,
              indexEntry.target().size(),
              (bytes, offset, length) -> {
                there.putBytes(bytes, offset, length);
                pace.read(length);
              });
      boolean same = all && there.hash().equals(wanted);
      return new Finding(
          path,
          indexEntry,
          same ? Verdict.SAME : Verdict.DIFFERENT,
          same && known == null ? wanted : null);
    } catch (StoppedException | TargetUnavailableException | TargetRefusedException e) {
      throw e;
    } catch (TargetException e) {
      // It is not there any more, or may not be read: that is what full scans are for.
      return new Finding(path, indexEntry, Verdict.UNKNOWN, null);
    } catch (IOException e) {
      LOG.debug("{} is not compared: {}", path, e.getMessage());
      return new Finding(path, indexEntry, Verdict.UNKNOWN, null);
    }
  }

  /** The source, opened only if it is needed. */
  private final class Sources implements AutoCloseable {
    private @Nullable SourceTree tree;

    /** What the source has, if that is what it had; else null. */
    @Nullable HashCode hash(RelPath path, IndexEntry indexEntry) throws IOException {
      SourceTree open = tree;
      if (open == null) {
        open = source.open();
        tree = open;
      }
      SourceHash here = SourceHash.read(open, path, clock, () -> closed);
      return isSame(here.entry(), indexEntry.source()) ? here.hash() : null;
    }

    private static boolean isSame(SourceEntry now, SourceEntry before) {
      return now.size() == before.size()
          && now.mtimeNanos() == before.mtimeNanos()
          && now.inode() == before.inode();
    }

    @Override
    public void close() {
      if (tree != null) {
        tree.close();
      }
    }
  }

  /** Keeps to a rate, and lets the mirror go first. */
  private final class Pace {
    private final long bytesPerSecond;
    private long begun = System.nanoTime();
    private long bytes;

    Pace(long bytesPerSecond) {
      this.bytesPerSecond = bytesPerSecond;
    }

    void read(int count) throws StoppedException {
      bytes += count;
      try {
        await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoppedException();
      }
    }

    void await() throws InterruptedException, StoppedException {
      while (true) {
        if (closed) {
          throw new StoppedException();
        }
        long now = System.nanoTime();
        if (working) {
          TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
          begun += System.nanoTime() - now;
          continue;
        }
        long ahead = (long) (bytes * 1e9 / bytesPerSecond) - (now - begun);
        if (ahead <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.sleep(Math.min(ahead, LOOK_NANOS));
      }
    }
  }

  /** What is being read is dropped soon. */
  @Override
  public void close() {
    closed = true;
  }
}
