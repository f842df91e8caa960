package io.relais.sync.remote.sftp;

import io.relais.common.promotion.SessionGate;
import io.relais.sftp.ListingMemoryBudget;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpListing;
import io.relais.sftp.SftpReply;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.SyncTarget.Session;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One connection's way to its copy ({@link SessionGate}): a symlink of its own beside the root,
 * which a promotion or a later session takes away. What was sent before that and is carried out
 * after it leads nowhere then, however late it comes. The symlink is made before the promotion
 * record is looked for, so an agent and a watcher that come at the same time can't miss each other.
 *
 * <p>The root itself is still made by its own path, as a symlink to nothing can't be followed to
 * make it; so is what lies beside it. A handle that is open at the server needs no path any more:
 * what is written to a temporary file may still arrive, and never gets a name. Where a server can
 * set modes only through symlinks (see {@code SftpChanges}), the mode of a directory is set by a
 * handle too, for the sake of containment: so one that was changed at production in the very round
 * trip in which the gate is closed may still get its new mode.
 *
 * <p>Safe for use by many threads, but for {@link #open}, which comes before all else.
 */
final class CopyGate {
  /** More often than once a promotion or another session does not come in between. */
  private static final int TRIES = 3;

  private static final int MODE = 0755;
  private static final Duration FAREWELL = Duration.ofSeconds(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private static final String NAME = "[0-9a-f]{16}";
  private static final String VERIFYING = "verify-";
  private static final Pattern WAY =
      Pattern.compile("\\.relais-(.{1,255}?)\\.gate/(?:" + VERIFYING + ")?" + NAME);

  private final SftpClient client;
  private final RemoteLocation location;
  private final ListingMemoryBudget room;

  /** The symlink, absolute; null while there is none. */
  private volatile @Nullable String link;

  /** Whether it is taken away again, by this. */
  private volatile boolean shut;

  /** Why there is none, once that is known. */
  private volatile @Nullable String missing;

  CopyGate(SftpClient client, RemoteLocation location, ListingMemoryBudget room) {
    this.client = client;
    this.location = location;
    this.room = room;
  }

  /** A text for people, with the paths that go through a gate as they are without it. */
  static String shown(String text) {
    return text.contains(".gate/") ? WAY.matcher(text).replaceAll("$1") : text;
  }

  /** What the paths of all that is in the copy begin with, absolute, without a slash at the end. */
  String base() {
    String way = link;
    return way == null ? location.root() : way;
  }

  /** The server's path of an entry. */
  String absolute(RelPath path) {
    if (!path.isRoot()) {
      return base() + "/" + path.latin1();
    }
    // With the dot it is the directory, and never the symlink.
    String way = link;
    return way == null ? own(path) : way + "/.";
  }

  /** The path to make a directory by: the root's own, since a gate leads to what is there. */
  String own(RelPath path) {
    if (!path.isRoot()) {
      return absolute(path);
    }
    return location.root().isEmpty() ? "/" : location.root();
  }

  /** A directory of the copy that is only asked about: also while nothing may be changed. */
  String asked(RelPath directory) {
    return shut ? own(directory) : absolute(directory);
  }

  /** A path beside the root. */
  String sibling(String name) {
    String root = location.root();
    return root.substring(0, root.lastIndexOf('/') + 1) + name;
  }

  /** Why there is none; null if there is one, or if it was not tried yet. */
  @Nullable String missing() {
    return missing;
  }

  /**
   * Makes the symlink, and takes away those of sessions before this one. Where none can be made the
   * copy is reached by its own path, as {@link #missing} says.
   *
   * @throws TargetUnavailableException also if another session keeps coming in between
   */
  void open(Session session) throws IOException {
    String before = link;
    if (location.root().isEmpty()) {
      missing = "there is nothing beside /";
      return;
    }
    String directory = sibling(SessionGate.directoryName(location.directoryName()));
    String made = null;
    for (int i = 0; i < TRIES && made == null && missing == null; i++) {
      made = tryToOpen(directory + "/" + newName(session));
    }
    if (made == null) {
      if (missing == null && isThere(directory)) {
        throw closed();
      }
      missing = missing == null ? "it can't be made" : missing;
      return;
    }
    link = made;
    endOthers(directory, made, session);
    if (before != null) {
      client.settle(List.of(client.remove(before)));
    }
  }

  private static String newName(Session session) {
    String name = "%016x".formatted(RANDOM.nextLong());
    return switch (session) {
      case MIRROR -> name;
      case VERIFY -> VERIFYING + name;
    };
  }

  /** The symlink if it is made; null if somebody took it away, or {@link #missing} says why. */
  private @Nullable String tryToOpen(String at) throws IOException {
    String text = SessionGate.linkText(location.directoryName());
    var madeDirectory = client.mkdir(parent(at), MODE);
    var madeLink = client.symlink(text, at);
    var itself = client.lstat(at);
    var root = client.lstat(location.root() + "/.");
    var through = client.lstat(at + "/.");
    Optional<TargetException> noDirectory =
        Replies.refusal(madeDirectory, "make directory " + SftpClient.shown(parent(at)));
    Optional<TargetException> refused =
        Replies.refusal(madeLink, "make a symlink in " + SftpClient.shown(parent(at)));
    boolean isSymlink = isSymlink(itself);
    boolean rootIsThere = Replies.await(root).type() == SftpReply.ATTRS;
    boolean isReached = Replies.await(through).type() == SftpReply.ATTRS;
    if (refused.isPresent()) {
      boolean isRaced =
          refused.get().reason() == Reason.NOT_FOUND
              && noDirectory.filter(no -> no.reason() != Reason.FAILURE).isEmpty();
      missing = isRaced ? null : String.valueOf(noDirectory.orElse(refused.get()).getMessage());
      return null;
    }
    if (isSymlink && rootIsThere == isReached) {
      return at;
    }
    if (isThere(at)) {
      client.settle(List.of(client.remove(at)));
      missing = "a symlink that is made there does not lead to the copy";
    }
    return null;
  }

  /** Some servers look through one even where they are asked not to. */
  private static boolean isSymlink(CompletableFuture<SftpReply> look) throws IOException {
    SftpReply reply = Replies.await(look);
    return reply.type() == SftpReply.ATTRS && Replies.attributes(reply).isSymlink();
  }

  private static String parent(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }

  /** A watcher that reads the copy goes on beside the agent, and the other way round. */
  private void endOthers(String directory, String own, Session session) throws IOException {
    Pattern like =
        Pattern.compile(
            switch (session) {
              case MIRROR -> NAME;
              case VERIFY -> VERIFYING + NAME;
            });
    List<CompletableFuture<SftpReply>> removals = new ArrayList<>();
    SftpListing.Listed<String> listed;
    try {
      listed =
          Replies.translated(() -> SftpListing.list(client, directory, room, (name, _, _) -> name));
    } catch (TargetException e) {
      require(e);
      return; // It can't be listed; it is of no use to sessions before this one either.
    }
    try (ListingMemoryBudget.Share _ = listed.share()) {
      for (String name : listed.entries().keySet()) {
        String other = directory + "/" + name;
        if (like.matcher(name).matches() && !other.equals(own)) {
          removals.add(client.remove(other));
        }
      }
    }
    client.settle(removals);
  }

  /**
   * Makes sure that something is not there, when a server has said so: a path through a gate that
   * is gone leads nowhere.
   *
   * @throws TargetUnavailableException if the gate is gone; the connection is ended then
   */
  void require() throws IOException {
    String way = link;
    if (way != null && !shut && !isThere(way)) {
      TargetUnavailableException why = closed();
      client.channel().end(String.valueOf(why.getMessage()));
      throw why;
    }
  }

  /** The same for a refusal, where that says that something is not there. */
  void require(TargetException refusal) throws IOException {
    if (refusal.reason() == Reason.NOT_FOUND) {
      require();
    }
  }

  private boolean isThere(String at) throws IOException {
    return Replies.await(client.lstat(at)).type() == SftpReply.ATTRS;
  }

  private TargetUnavailableException closed() {
    return new TargetUnavailableException(
        "another session of sync-agent, or a promotion, has taken over "
            + location.shown(RelPath.ROOT));
  }

  /** Takes the symlink away: nothing more may be changed. */
  void shut() {
    String way = link;
    if (way != null && !shut) {
      shut = true;
      client.settle(List.of(client.remove(way)), FAREWELL);
    }
  }
}
