package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that a change stays in the mirror. A server of SFTP 3 follows every symlink on the way
 * to a path, and the protocol has neither {@code O_NOFOLLOW} nor paths relative to a handle
 * (draft-ietf-secsh-filexfer-02). So what is above a path is looked at by LSTAT: before a change,
 * and again in the same packet right after it. What is not a directory then is refused, or not
 * taken for done. Between the two somebody who may write at the backup can still win a race; nobody
 * else should be able to (see the README).
 *
 * <p>What was seen a moment ago in the same round is not asked for again, and files are looked
 * around for in the packet that ends them: so most changes wait for no further round trip.
 *
 * <p>Safe for use by many threads.
 */
final class ContainmentCheck {
  /** For how long a look counts within a round. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final Function<RelPath, String> absolute;

  /** Directories that were looked at, or are being. */
  private volatile Map<RelPath, Seen> seen = new ConcurrentHashMap<>();

  /** More than that are not kept: whoever needs one again asks again. */
  private static final int MOST_SEEN = 4_096;

  /** One look that is under way, or was answered. */
  private static final class Seen {
    final CompletableFuture<SftpReply> reply;

    /** {@link System#nanoTime} of the answer; null while there is none. */
    volatile @Nullable Long answered;

    Seen(CompletableFuture<SftpReply> reply) {
      this.reply = reply;
      var _ = reply.thenRun(() -> answered = System.nanoTime());
    }

    boolean isFresh() {
      Long at = answered;
      return at == null || System.nanoTime() - at < FRESH.toNanos();
    }
  }

  /**
   * Prepares to check.
   *
   * @param absolute makes the server's path of one in the mirror
   */
  ContainmentCheck(Function<RelPath, String> absolute) {
    this.absolute = absolute;
  }

  /** Forgets all that was seen. */
  void beginRound() {
    seen = new ConcurrentHashMap<>();
  }

  /** Looks on one channel, at what has not just been seen. */
  PathLookup before(SftpClient client) {
    return new PathLookup(client, true);
  }

  /** Looks on one channel, at everything: to be sent right after what it is to confirm. */
  PathLookup after(SftpClient client) {
    return new PathLookup(client, false);
  }

  /** Makes sure of what is above some paths, and waits for that where it has to be asked for. */
  void require(SftpClient client, Collection<RelPath> paths) throws IOException {
    PathLookup pathLookup = before(client);
    paths.forEach(pathLookup::above);
    pathLookup.send();
    for (RelPath path : paths) {
      pathLookup.require(path);
    }
  }

  /** One look at several paths. For one thread. */
  final class PathLookup {
    private final SftpClient client;
    private final boolean reuses;
    private final Map<RelPath, CompletableFuture<SftpReply>> answers = new HashMap<>();
    private final Map<RelPath, Optional<EntryKind>> itself = new HashMap<>();
    private final Set<RelPath> looked = new HashSet<>();
    private final List<RelPath> asked = new ArrayList<>();
    private final List<SftpPacket> packets = new ArrayList<>();

    private PathLookup(SftpClient client, boolean reuses) {
      this.client = client;
      this.reuses = reuses;
    }

    /** Adds what is above a path. The root is the user's choice, and may itself be a symlink. */
    PathLookup above(RelPath path) {
      for (RelPath directory : path.ancestors()) {
        if (!directory.isRoot() && looked.add(directory)) {
          add(directory);
        }
      }
      return this;
    }

    /**
     * Adds what is above a path, and the path itself, since a change of it would follow a symlink.
     *
     * @param entryKind what it must be, if it is there; null for anything but a symlink
     */
    PathLookup at(RelPath path, @Nullable EntryKind entryKind) {
      above(path);
      if (!path.isRoot()) {
        itself.put(path, Optional.ofNullable(entryKind));
        ask(path);
      }
      return this;
    }

    private void add(RelPath directory) {
      Seen before = reuses ? seen.get(directory) : null;
      if (before != null && before.isFresh()) {
        answers.put(directory, before.reply);
      } else {
        ask(directory);
      }
    }

    private void ask(RelPath path) {
      asked.add(path);
      packets.add(client.looking(absolute.apply(path)));
    }

    /** What is to be sent, in the order that {@link #sent} takes the replies in. */
    List<SftpPacket> packets() {
      return packets;
    }

    /** Takes the replies to {@link #packets}. */
    void sent(List<CompletableFuture<SftpReply>> replies) {
      Map<RelPath, Seen> all = seen;
      if (all.size() > MOST_SEEN) {
        beginRound();
        all = seen;
      }
      for (int i = 0; i < asked.size(); i++) {
        RelPath path = asked.get(i);
        answers.put(path, replies.get(i));
        if (!itself.containsKey(path)) {
          all.put(path, new Seen(replies.get(i)));
        }
      }
    }

    /** Sends all by itself. */
    void send() {
      if (!packets.isEmpty()) {
        sent(client.channel().sendTogether(packets));
      }
    }

    /**
     * Waits for what was looked at for one path.
     *
     * @throws TargetException if a change there may have led, or may lead, out of the mirror
     */
    void require(RelPath path) throws IOException {
      for (RelPath directory : path.ancestors()) {
        if (!directory.isRoot()) {
          require(path, directory, EntryKind.DIRECTORY);
        }
      }
      Optional<EntryKind> wanted = itself.get(path);
      if (wanted != null) {
        require(path, path, wanted.orElse(null));
      }
    }

    /** The same, as a value: empty if nothing stands against a change. */
    Optional<TargetException> refusal(RelPath path) throws IOException {
      try {
        require(path);
        return Optional.empty();
      } catch (TargetException e) {
        return Optional.of(e);
      }
    }

    private void require(RelPath path, RelPath at, @Nullable EntryKind wanted) throws IOException {
      CompletableFuture<SftpReply> answer = answers.get(at);
      EntryKind found = answer == null ? null : kind(Replies.await(answer));
      boolean fits = wanted == null ? found != EntryKind.SYMLINK : found == null || found == wanted;
      if (!fits) {
        throw TargetException.unsafe(
            at, "%s: %s at the target is a %s".formatted(path, at, name(found)));
      }
    }
  }

  /** What is there; null for nothing, or if the server does not say: then the change will fail. */
  private static @Nullable EntryKind kind(SftpReply reply) throws IOException {
    if (reply.type() != SftpReply.ATTRS) {
      return null;
    }
    // One answer serves many looks, which may read it at the same time.
    return Replies.kind(Replies.attributes(reply.copy()));
  }

  private static String name(@Nullable EntryKind entryKind) {
    return switch (entryKind) {
      case null -> "missing entry";
      case FILE -> "file";
      case DIRECTORY -> "directory";
      case SYMLINK -> "symlink";
      case OTHER -> "device, pipe or socket";
    };
  }
}
