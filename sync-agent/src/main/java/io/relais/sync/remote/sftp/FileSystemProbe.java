package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what the file system below a directory keeps, from what becomes of a file in a
 * directory of ours there, which is removed again: the protocol has no other way to ask. Two round
 * trips, and one more where something is lacking. For one thread.
 */
final class FileSystemProbe {
  private static final String FILE = "probe";
  private static final String SHOUTED = "PROBE";

  /** An odd second, which vfat can't have. */
  private static final long TIME = 1_000_000_001;

  /** Further off than this a time was not rounded, but not kept. */
  private static final long FURTHEST = 60;

  /** One that most umasks would cut, and one that no disk without modes shows. */
  private static final int[] MODES = {0640, 0604};

  /** What file systems made for Windows don't allow; the first stands for all controls. */
  private static final String RARE = "\1\"*:<>?\\|";

  private static final String ENDS = ". ";

  private final SftpClient client;
  private final TemporaryNameGenerator names;

  FileSystemProbe(SftpClient client, TemporaryNameGenerator names) {
    this.client = client;
    this.names = names;
  }

  /**
   * Finds out.
   *
   * @param directory absolute, without a slash at the end
   * @return null if the directory is not there
   * @throws TargetException if nothing may be made there
   */
  @Nullable FileSystemFeatures at(String directory) throws IOException {
    String place = directory + "/" + names.take();
    String file = place + "/" + FILE;
    String link = place + "/link";
    CompletableFuture<SftpReply> before = client.lstat(directory + "/.");
    CompletableFuture<SftpReply> made = client.mkdir(place, 0700);
    CompletableFuture<SftpReply> opened = client.open(file, SftpClient.CREATE_NEW, 0600);
    List<CompletableFuture<SftpReply>> looks = new ArrayList<>();
    for (int mode : MODES) {
      var _ = client.setstat(file, mode, null);
      var _ = client.setstat(file, null, TIME);
      looks.add(client.lstat(file));
    }
    var _ = client.setstat(file, 0, null);
    CompletableFuture<SftpReply> closed = client.lstat(file);
    CompletableFuture<SftpReply> shouted = client.lstat(place + "/" + SHOUTED);
    CompletableFuture<SftpReply> linked = client.symlink(FILE, link);
    CompletableFuture<SftpReply> read = client.readlink(link);
    try {
      Replies.ok(made, "make directory " + SftpClient.shown(place));
    } catch (TargetException e) {
      client.settle(List.of(opened, linked, read));
      if (e.reason() == Reason.NOT_FOUND) {
        return null;
      }
      throw e;
    }
    List<CompletableFuture<SftpReply>> removals = new ArrayList<>();
    try {
      release(opened);
      removals.add(client.remove(link));
      FileSystemFeatures found = found(looks, closed, shouted, linked, read);
      return found.equals(FileSystemFeatures.ALL) ? found : withNames(found, place, removals);
    } finally {
      removals.add(client.remove(file));
      removals.add(client.rmdir(place));
      restoreTime(directory, before, removals);
      client.settle(removals);
    }
  }

  /** What can't be made shows nothing: then everything is taken to be kept. */
  private FileSystemFeatures found(
      List<CompletableFuture<SftpReply>> looks,
      CompletableFuture<SftpReply> closed,
      CompletableFuture<SftpReply> shouted,
      CompletableFuture<SftpReply> linked,
      CompletableFuture<SftpReply> read)
      throws IOException {
    boolean modes = true;
    int step = 1;
    for (int i = 0; i < looks.size(); i++) {
      SftpReply look = Replies.await(looks.get(i));
      if (look.type() != SftpReply.ATTRS) {
        return FileSystemFeatures.ALL;
      }
      SftpAttributes is = Replies.attributes(look);
      modes &= (is.mode() & 07777) == MODES[i];
      long off = Math.abs(is.mtimeSeconds() - TIME);
      step = off > FURTHEST ? 0 : (int) off + 1;
    }
    SftpReply look = Replies.await(closed);
    boolean modeZero =
        !modes
            || (look.type() == SftpReply.ATTRS && (Replies.attributes(look).mode() & 07777) == 0);
    boolean symlinks =
        Replies.refusal(linked, "make a symlink").isEmpty()
            && Replies.await(read).type() == SftpReply.NAME;
    boolean folds = Replies.await(shouted).type() == SftpReply.ATTRS;
    return new FileSystemFeatures(modes, modeZero, symlinks, step, folds, "", "", false);
  }

  /** Tries the names that Linux allows and others don't. */
  private FileSystemFeatures withNames(
      FileSystemFeatures found, String place, List<CompletableFuture<SftpReply>> removals)
      throws IOException {
    List<String> tried = new ArrayList<>();
    RARE.chars().forEach(c -> tried.add(place + "/n" + (char) c + "n"));
    tried.add(place + "/n\u00ff");
    List<CompletableFuture<SftpReply>> opened = new ArrayList<>();
    tried.forEach(path -> opened.add(client.open(path, SftpClient.CREATE_NEW, 0600)));
    List<CompletableFuture<SftpReply>> ending = new ArrayList<>();
    List<CompletableFuture<SftpReply>> without = new ArrayList<>();
    for (int i = 0; i < ENDS.length(); i++) {
      String plain = place + "/e" + i;
      ending.add(client.open(plain + ENDS.charAt(i), SftpClient.CREATE_NEW, 0600));
      without.add(client.lstat(plain));
      tried.add(plain + ENDS.charAt(i));
    }
    StringBuilder forbidden = new StringBuilder();
    for (int i = 0; i < RARE.length(); i++) {
      if (!release(opened.get(i))) {
        forbidden.append(RARE.charAt(i));
      }
    }
    boolean utf8Only = !release(opened.getLast());
    StringBuilder dropped = new StringBuilder();
    for (int i = 0; i < ENDS.length(); i++) {
      boolean isMade = release(ending.get(i));
      if (!isMade || Replies.await(without.get(i)).type() == SftpReply.ATTRS) {
        dropped.append(ENDS.charAt(i));
      }
    }
    tried.forEach(path -> removals.add(client.remove(path)));
    return new FileSystemFeatures(
        found.modes(),
        found.modeZero(),
        found.symlinks(),
        found.timeStep(),
        found.foldsCase(),
        forbidden.toString(),
        dropped.toString(),
        utf8Only);
  }

  /** Closes what was opened; whether it was. */
  private boolean release(CompletableFuture<SftpReply> opened) throws IOException {
    SftpReply reply = Replies.await(opened);
    if (reply.type() != SftpReply.HANDLE) {
      return false;
    }
    client.release(Replies.handle(reply));
    return true;
  }

  private void restoreTime(
      String directory,
      CompletableFuture<SftpReply> before,
      List<CompletableFuture<SftpReply>> requests)
      throws IOException {
    SftpReply reply = Replies.await(before);
    if (reply.type() == SftpReply.ATTRS) {
      long time = Replies.attributes(reply).mtimeSeconds();
      requests.add(client.setstat(directory + "/.", null, time));
    }
  }
}
