package io.relais.failover.notify;

import com.fasterxml.jackson.core.type.TypeReference;
import com.google.common.collect.ImmutableListMultimap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.DurableFile;
import io.relais.common.Faults;
import io.relais.common.FileAccess;
import io.relais.common.StateDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the notifier keeps on disk, in small files in a directory of its own: the queue, and when
 * what was told. Each file is written next to its place and renamed into it, after the disk has its
 * content. Trouble with the disk is logged when it begins and when it ends, and never thrown:
 * notices go out from memory then. For any number of threads.
 *
 * <pre>
 * lock        held by the one notifier that uses the directory
 * told.json   what was told when ({@link RepeatFilter})
 * queue/      one file for each notice and channel, named by its id
 * aside/      what was found in queue/ and was not a notice
 * </pre>
 */
final class NoticeStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NoticeStore.class);
  private static final int LARGEST = 1024 * 1024;
  private static final String DRAFT = ".tmp";
  private static final Pattern NAME = Pattern.compile("([0-9]{16}-[0-9a-f]{8})\\.json");

  private final Path directory;
  private @Nullable FileChannel lock;

  @GuardedBy("this")
  private boolean inTrouble;

  @GuardedBy("this")
  private long lastMicros;

  NoticeStore(Path directory) {
    this.directory = directory;
    try {
      StateDirectory.make(directory.resolve("queue"));
      this.lock = lock(directory.resolve("lock"));
    } catch (IOException e) {
      trouble(e);
    }
  }

  /**
   * A notice for one channel.
   *
   * @param id unique; sorts by when it was queued
   * @param channel the channel's name
   * @param queued when it came
   * @param notBefore when the receiver said that it may be tried again
   */
  record Entry(
      String id, String channel, Notice notice, Instant queued, Optional<Instant> notBefore) {
    private static final int VERSION = 1;

    Entry heldUntil(Instant time) {
      return new Entry(id, channel, notice, queued, Optional.of(time));
    }

    byte[] toJson() {
      return NoticeJson.bytes(new QueueFile(VERSION, channel, queued, notBefore, notice));
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IOException if it is anything else
     */
    static Entry fromJson(String id, byte[] json) throws IOException {
      QueueFile file = NoticeJson.read(json, new TypeReference<>() {});
      if (file.version() != VERSION) {
        throw new IOException("not of version " + VERSION);
      }
      return new Entry(id, file.channel(), file.notice(), file.queued(), file.notBefore());
    }
  }

  /** An entry as its file has it. */
  private record QueueFile(
      int version, String channel, Instant queued, Optional<Instant> notBefore, Notice notice) {}

  private static @Nullable FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            DurableFile.privateMode(file));
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Another notifier of this process has it: the same as one of another process.
    }
    channel.close();
    LOG.warn(
        "{} is used by another process: notices of this one are kept in memory only",
        file.getParent());
    return null;
  }

  /** False if the directory can't be used at all: nothing is read from it, nor written to it. */
  private boolean isOurs() {
    return lock != null;
  }

  /**
   * What an earlier run left, by channel, oldest first. What is not an entry, or is one for a
   * channel that is no longer there, is moved aside.
   */
  ImmutableListMultimap<String, Entry> load(Set<String> channels) {
    ImmutableListMultimap.Builder<String, Entry> entries = ImmutableListMultimap.builder();
    for (Path file : queued()) {
      entry(file, channels).ifPresent(entry -> entries.put(entry.channel(), entry));
    }
    return entries.build();
  }

  private Optional<Entry> entry(Path file, Set<String> channels) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      setAside(file, "a foreign name");
      return Optional.empty();
    }
    try {
      Entry entry = Entry.fromJson(name.group(1), read(file));
      if (channels.contains(entry.channel())) {
        return Optional.of(entry);
      }
      setAside(file, "its channel is no longer in the configuration");
    } catch (IOException e) {
      setAside(file, "damaged");
    }
    return Optional.empty();
  }

  /** A new entry, not saved yet. */
  Entry entry(String channel, Notice notice, Instant now) {
    String id = "%016d-%08x".formatted(micros(now), ThreadLocalRandom.current().nextInt());
    return new Entry(id, channel, notice, now, Optional.empty());
  }

  /** Grows with each call, so that the order is kept even within one tick of the clock. */
  private synchronized long micros(Instant now) {
    long micros = Math.max(0, now.getEpochSecond() * 1_000_000 + now.getNano() / 1000);
    lastMicros = Math.max(micros, lastMicros + 1);
    return lastMicros;
  }

  /** Whether it will survive a kill. */
  boolean save(Entry entry) {
    return write(name(entry), entry.toJson());
  }

  void remove(Entry entry) {
    delete(name(entry));
  }

  private static String name(Entry entry) {
    return "queue/" + entry.id() + ".json";
  }

  /** The files in {@code queue/}, oldest name first; leftovers of a kill are cleared away. */
  private List<Path> queued() {
    List<Path> files = new ArrayList<>();
    if (!isOurs()) {
      return files;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory.resolve("queue"))) {
      for (Path file : found) {
        if (file.getFileName().toString().endsWith(DRAFT)) {
          Files.deleteIfExists(file);
        } else {
          files.add(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      trouble(e instanceof IOException io ? io : new IOException(e.getCause()));
    }
    files.sort(null);
    return files;
  }

  /**
   * Reads a file whole.
   *
   * @throws IOException if it is not a regular file, too large or unreadable
   */
  static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new IOException("larger than 1 MiB");
      }
      return bytes;
    }
  }

  /** What was written under a name; empty if nothing was, or if it can't be read. */
  Optional<Path> find(String name) {
    return Optional.of(directory.resolve(name)).filter(file -> isOurs() && FileAccess.exists(file));
  }

  /** Whether it is on the disk now. */
  boolean write(String name, byte[] content) {
    if (!isOurs()) {
      return false;
    }
    // A thread that was told to end still has its notice to save, and channels refuse those.
    boolean interrupted = Thread.interrupted();
    try {
      try {
        DurableFile.replace(directory.resolve(name), content);
      } catch (ClosedByInterruptException e) {
        interrupted |= Thread.interrupted();
        DurableFile.replace(directory.resolve(name), content);
      }
      calm();
      return true;
    } catch (IOException e) {
      trouble(e);
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void delete(String name) {
    if (!isOurs()) {
      return;
    }
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      trouble(e);
    }
  }

  /** Takes a file out of the way, and says so. */
  void setAside(Path file, String reason) {
    try {
      Path aside = directory.resolve("aside");
      StateDirectory.make(aside);
      Path kept = aside.resolve(file.getFileName().toString());
      Files.move(file, kept, StandardCopyOption.REPLACE_EXISTING);
      LOG.warn("{} is not a notice to deliver ({}): moved to {}", file, reason, kept);
    } catch (IOException e) {
      LOG.warn("{} is not a notice to deliver ({}): left there, moving it failed", file, reason);
    }
  }

  private synchronized void trouble(IOException e) {
    if (!inTrouble) {
      inTrouble = true;
      LOG.warn(
          "notices can't be kept in {} ({}): they are sent from memory, and lost if this process"
              + " ends before; check that the disk has room and the directory is writable",
          directory,
          Faults.describe(e));
    }
  }

  private synchronized void calm() {
    if (inTrouble) {
      inTrouble = false;
      LOG.info("notices are kept in {} again", directory);
    }
  }

  @Override
  public void close() {
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      trouble(e);
    }
  }
}
