package io.relais.failover.notify;

import com.google.common.collect.ImmutableListMultimap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The queue's files: one for each entry, named by its id alone. For any number of threads. */
final class NoticeQueue {
  private static final Pattern NAME = Pattern.compile("([0-9]{16}-[0-9a-f]{8})\\.json");

  private final NoticeFolder folder;

  @GuardedBy("this")
  private long lastMicros;

  NoticeQueue(NoticeFolder folder) {
    this.folder = folder;
  }

  /**
   * What an earlier run left, by channel, oldest first. What is no entry, or is one for a channel
   * that is not there any more, is moved aside.
   */
  ImmutableListMultimap<String, QueueEntry> load(Set<String> channels) {
    ImmutableListMultimap.Builder<String, QueueEntry> entries = ImmutableListMultimap.builder();
    for (Path file : folder.queued()) {
      read(file, channels).ifPresent(entry -> entries.put(entry.channel(), entry));
    }
    return entries.build();
  }

  private Optional<QueueEntry> read(Path file, Set<String> channels) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      folder.setAside(file, "a foreign name");
      return Optional.empty();
    }
    try {
      QueueEntry entry = QueueEntry.fromJson(name.group(1), NoticeFolder.read(file));
      if (channels.contains(entry.channel())) {
        return Optional.of(entry);
      }
      folder.setAside(file, "its channel is not in the configuration any more");
    } catch (IOException e) {
      folder.setAside(file, "damaged");
    }
    return Optional.empty();
  }

  /** A new entry, not saved yet. */
  QueueEntry entry(String channel, Notice notice, Instant now) {
    String id = "%016d-%08x".formatted(micros(now), ThreadLocalRandom.current().nextInt());
    return new QueueEntry(id, channel, notice, now, Optional.empty());
  }

  /** Grows with each call, so that the order is kept even within one tick of the clock. */
  private synchronized long micros(Instant now) {
    long micros = Math.max(0, now.getEpochSecond() * 1_000_000 + now.getNano() / 1000);
    lastMicros = Math.max(micros, lastMicros + 1);
    return lastMicros;
  }

  /** Whether it will survive a kill. */
  boolean save(QueueEntry entry) {
    return folder.write(name(entry), entry.toJson());
  }

  void remove(QueueEntry entry) {
    folder.delete(name(entry));
  }

  private static String name(QueueEntry entry) {
    return "queue/" + entry.id() + ".json";
  }
}
