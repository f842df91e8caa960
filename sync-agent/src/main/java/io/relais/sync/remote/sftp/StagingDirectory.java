package io.relais.sync.remote.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of ours in the mirror's root, mode 0700, for files that are not in place yet. It is
 * made with the first file that can use it, and removed in the end; neither changes the time of the
 * root. One that a lost connection left behind is listed like any temporary name, and removed so.
 *
 * <p>Not every file may go through it: a directory with the setgid bit gives its group to what is
 * made in it, and a file can't be renamed to another file system.
 *
 * <p>Safe for use by many threads.
 */
final class StagingDirectory {
  /** For each of the two round trips in the end: a link that is too slow leaves it to the next. */
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  /** Whoever removes it again and again wants it gone. */
  private static final int MOST_LOSSES = 5;

  private final SftpClient client;
  private final CopyGate gate;
  private final TemporaryNameGenerator names;
  private final DirectoryModes modes;

  /** Directories into which no file can be renamed from here. */
  private final Set<String> elsewhere = ConcurrentHashMap.newKeySet();

  /** Absolute; null while there is none. */
  private volatile @Nullable String place;

  private volatile boolean off;

  @GuardedBy("this")
  private int losses;

  @GuardedBy("this")
  private boolean making;

  /**
   * Prepares it; nothing is made yet.
   *
   * @param gate the way to the root
   * @param wanted whether there is to be one at all
   */
  StagingDirectory(
      SftpClient client,
      CopyGate gate,
      TemporaryNameGenerator names,
      DirectoryModes modes,
      boolean wanted) {
    this.modes = modes;
    this.client = client;
    this.gate = gate;
    this.names = names;
    this.off = !wanted;
  }

  /** Where it is, absolute; null if there is none now. */
  @Nullable String place() {
    return place;
  }

  /** Whether a temporary file lies in it, or in one that was there before. */
  boolean holds(RelPath temporary) {
    RelPath parent = temporary.isRoot() ? temporary : temporary.parent();
    return !parent.isRoot() && parent.parent().isRoot() && names.isOurs(parent.name());
  }

  /** A file in it, as the mirror's root sees it. */
  RelPath relative(StagedFile file) {
    return RelPath.ofLatin1(file.path().substring(gate.base().length() + 1));
  }

  /** Leaves it out of what the mirror's root holds. */
  void hideFrom(RelPath directory, Map<String, TargetEntry> listed) {
    String now = place;
    if (now != null && directory.isRoot()) {
      listed.remove(now.substring(gate.base().length() + 1));
    }
  }

  /**
   * Whether a file for this directory may go through it. Makes it first, which blocks for two round
   * trips once, unless another thread is just doing so.
   */
  boolean takesFilesFor(RelPath directory) throws IOException {
    if (off || isUnsuited(directory)) {
      return false;
    }
    return place != null || make(directory);
  }

  private boolean make(RelPath directory) throws IOException {
    synchronized (this) {
      if (making || place != null) {
        return place != null;
      }
      making = true;
    }
    String made = null;
    try {
      made = make();
      return made != null && !isUnsuited(directory);
    } finally {
      synchronized (this) {
        making = false;
        place = off ? null : made;
      }
    }
  }

  private @Nullable String make() throws IOException {
    String wanted = gate.base() + "/" + names.take();
    try {
      SftpAttributes before = lookAtRoot();
      modes.note(RelPath.ROOT, before.mode());
      if (before.isSetgidDirectory()) {
        // Whatever is made in it, this too, has its group, and another directory may have its own.
        off = true;
        return null;
      }
      Replies.ok(client.mkdir(wanted, 0700), "make directory " + SftpClient.shown(wanted));
      restoreTime(before);
      return wanted;
    } catch (TargetException e) {
      off = true;
      return null;
    }
  }

  private SftpAttributes lookAtRoot() throws IOException {
    return Replies.attributes(client.lstat(gate.base() + "/."), "look at the root");
  }

  /** The root may be another account's: then its time is theirs, as in all else. */
  private void restoreTime(SftpAttributes before) {
    client.settle(List.of(client.setstat(gate.base() + "/.", null, before.mtimeSeconds())));
  }

  private void restoreTime(
      CompletableFuture<SftpReply> look, List<CompletableFuture<SftpReply>> requests) {
    try {
      SftpReply reply = Replies.expect(SftpReply.ATTRS, look, "look at the root");
      long time = Replies.attributes(reply).mtimeSeconds();
      requests.add(client.setstat(gate.base() + "/.", null, time));
    } catch (IOException e) {
      // It has no time that could be kept.
    }
  }

  /**
   * Somebody has removed it: another is made with the next file.
   *
   * @param path of the file that was missed, absolute
   */
  synchronized void lost(String path) {
    String now = place;
    if (now != null && path.startsWith(now + "/")) {
      place = null;
      losses++;
      off |= losses >= MOST_LOSSES;
    }
  }

  /** Remembers that no file can be renamed from here into a directory. */
  void isElsewhere(RelPath directory) {
    elsewhere.add(directory.latin1());
  }

  private boolean isUnsuited(RelPath directory) {
    return modes.hasSetgid(directory) || elsewhere.contains(directory.latin1());
  }

  /**
   * Removes it for good. What can't be removed is listed when the mirror is next opened.
   *
   * @param removals of the files in it, already on their way
   */
  void remove(List<CompletableFuture<SftpReply>> removals) {
    String last;
    synchronized (this) {
      last = place;
      place = null;
      off = true;
    }
    if (last == null) {
      return;
    }
    CompletableFuture<SftpReply> look = client.lstat(gate.base() + "/.");
    List<CompletableFuture<SftpReply>> first = new ArrayList<>(removals);
    first.add(look);
    // Some go over other channels, which the server may be slower with.
    if (!client.settle(first, FAREWELL)) {
      return;
    }
    List<CompletableFuture<SftpReply>> all = new ArrayList<>();
    all.add(client.rmdir(last));
    restoreTime(look, all);
    client.settle(all, FAREWELL);
  }
}
