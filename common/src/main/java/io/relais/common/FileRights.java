package io.relais.common;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who else can read a file, or change what a path leads to. Two users are trusted: root, and the
 * one that this is made for.
 *
 * <p>A path is followed as the kernel does, one component after the other, from {@code /} and
 * through symbolic links. Each directory, each link and the file itself must belong to somebody
 * trusted, and nobody else may write to a directory, be it by its group: who is in a group can't be
 * known for sure. A sticky directory, such as {@code /tmp}, may be written by all, since only the
 * owner of an entry can exchange it there.
 *
 * <p>What has been passed can't be exchanged by others any more, so a file that is opened
 * afterwards is the one that was looked at. The other way round, it might not be.
 *
 * <p>Immutable, and safe for use by many threads; blocks on the disk.
 */
public final class FileRights {
  private static final int ROOT = 0;
  private static final int PERMISSIONS = 07777;
  private static final int STICKY = 01000;
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int FILE_TYPE = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;

  /** As Linux has it (path_resolution(7)). */
  private static final int MOST_LINKS = 40;

  /** What was open when the process began: whoever began it has chosen it, and no path leads on. */
  private static final String INHERITED = "/dev/(stdin|fd/\\d+)|/proc/self/fd/\\d+";

  /** What the kernel says of this process; {@code /proc/self} itself is a symlink of root's. */
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Real, effective, saved and of the file system (proc_pid_status(5)). */
  private static final Pattern USERS =
      Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)\\s+\\d+\\s+\\d+$");

  private final int user;

  private FileRights(int user) {
    this.user = user;
  }

  /** Those of the user that this process runs as. */
  public static FileRights ofThisProcess() {
    try {
      Matcher users = USERS.matcher(Files.readString(STATUS));
      if (!users.find()) {
        throw new IllegalStateException(STATUS + " names no user");
      }
      return new FileRights(Integer.parseUnsignedInt(users.group(1)));
    } catch (IOException e) {
      throw new IllegalStateException("/proc is not mounted", e);
    }
  }

  /** Those of a user by number. */
  public static FileRights of(int user) {
    return new FileRights(user);
  }

  /** Somebody who is not trusted could read or change it: whoever owns the machine has to act. */
  public static final class UnsafeFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    UnsafeFileException(Path file, String reason) {
      super(Printable.cut(file.toString(), 4096), null, reason);
    }

    /** What is wrong and what to type, for a message that begins with the file. */
    @Override
    public String getReason() {
      return String.valueOf(super.getReason());
    }
  }

  /**
   * Checks that nobody else can change a file, or put another in its place.
   *
   * @throws UnsafeFileException if somebody can; its reason says who, and what to type
   * @throws IOException if the file is not there or can't be looked at
   */
  public void requireUnchangeable(Path file) throws IOException {
    unchangeable(file, true);
  }

  /**
   * The same, and that nobody else can read it. One exception: a file of root's that only the group
   * root may read, because that is how systemd passes credentials (its access list shows as group
   * bits).
   *
   * @throws UnsafeFileException if somebody can; its reason says who, and what to type
   * @throws IOException if the file is not there or can't be looked at, or is a directory
   */
  public void requirePrivate(Path file) throws IOException {
    Inode end = unchangeable(file, false);
    if (end.directory()) {
      throw new UnsafeFileException(file, "is a directory; name the file in it");
    }
    if (!end.isClosed()) {
      throw new UnsafeFileException(
          file,
          String.format(
              "is open to others (mode %04o); run: chmod 600 %s",
              end.permissions(), shellWord(file)));
    }
  }

  /**
   * Checks that a directory is ours or root's and that nobody else can make, exchange or remove
   * entries in it, or exchange it.
   *
   * @throws UnsafeFileException if somebody can; its reason says who, and what to type
   * @throws IOException if it is not there or can't be looked at
   */
  public void requireOwnDirectory(Path directory) throws IOException {
    Inode end = unchangeable(directory, true);
    if (!end.directory()) {
      throw new UnsafeFileException(directory, "is not a directory; name one, or remove the file");
    }
  }

  /**
   * Why others can read a file that holds more than secrets, with the command that closes it; empty
   * if they can't. A group that root lets in may read: root has chosen it.
   *
   * @throws IOException if the file is not there or can't be looked at
   */
  public Optional<String> exposure(Path file) throws IOException {
    Inode end = isInherited(file) ? Inode.at(file) : walk(file);
    boolean others = (end.mode() & 0004) != 0;
    boolean anyGroup = (end.mode() & 0040) != 0 && end.owner() != ROOT;
    if (!others && !anyGroup) {
      return Optional.empty();
    }
    String close =
        end.owner() == ROOT && user != ROOT
            ? "chgrp %s %2$s && chmod 640 %2$s".formatted(ownGroup(), shellWord(file))
            : "chmod 600 " + shellWord(file);
    return Optional.of(
        String.format("is open to others (mode %04o); run: %s", end.permissions(), close));
  }

  /** {@code writable}: whether the file's own mode counts, which a stricter check covers else. */
  @CanIgnoreReturnValue
  private Inode unchangeable(Path file, boolean writable) throws IOException {
    if (isInherited(file)) {
      return Inode.at(file);
    }
    Inode end = walk(file);
    if (writable && end.isWritableByOthers()) {
      throw new UnsafeFileException(
          file,
          String.format(
              "can be changed by others (mode %04o); run: chmod go-w %s",
              end.permissions(), shellWord(file)));
    }
    return end;
  }

  private static boolean isInherited(Path file) {
    return file.toAbsolutePath().toString().matches(INHERITED);
  }

  /** Follows the path to its end, whose own mode is left to the caller. */
  private Inode walk(Path file) throws IOException {
    Path whole = file.toAbsolutePath();
    Deque<Path> names = new ArrayDeque<>();
    whole.forEach(names::addLast);
    Path at = whole.getRoot();
    Inode here = Inode.of(at);
    requireTrusted(file, here, false);
    int links = 0;
    while (!names.isEmpty()) {
      requireKept(file, here);
      Path next = at.resolve(names.removeFirst()).normalize();
      Inode found = Inode.of(next);
      requireTrusted(file, found, names.isEmpty() && !found.link());
      if (found.link()) {
        links++;
        if (links > MOST_LINKS) {
          throw new FileSystemException(file.toString(), null, "is a circle of symbolic links");
        }
        Path text = Files.readSymbolicLink(next);
        for (int i = text.getNameCount() - 1; i >= 0; i--) {
          names.addFirst(text.getName(i));
        }
        at = text.isAbsolute() ? text.getRoot() : at;
        here = Inode.of(at);
      } else {
        at = next;
        here = found;
      }
    }
    return here;
  }

  /** Nobody else may exchange the entries of a directory on the way. */
  private static void requireKept(Path file, Inode directory) throws UnsafeFileException {
    if (directory.isWritableByOthers() && !directory.sticky()) {
      throw new UnsafeFileException(
          file,
          String.format(
              "can be replaced by others, who may write to the directory %s (mode %04o); run: chmod"
                  + " go-w %s",
              Printable.cut(directory.path().toString(), 4096),
              directory.permissions(),
              shellWord(directory.path())));
    }
  }

  /** {@code end}: whether it is what the path leads to, and not only on the way. */
  private void requireTrusted(Path file, Inode inode, boolean end) throws IOException {
    if (inode.owner() == ROOT || inode.owner() == user) {
      return;
    }
    String owner = ownerOf(inode.path());
    String name = Printable.cut(inode.path().toString(), 4096);
    if (end) {
      throw new UnsafeFileException(
          file,
          "belongs to %s, who could change it; %srun: chown %d %s"
              .formatted(
                  owner,
                  user == ROOT ? "run this program as " + owner + ", or " : "",
                  user,
                  shellWord(inode.path())));
    }
    throw new UnsafeFileException(
        file,
        "can be replaced by %s, who owns %s on the way to it; run: chown -h root %s"
            .formatted(owner, name, shellWord(inode.path())));
  }

  private static String ownerOf(Path path) throws IOException {
    return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName();
  }

  private static String ownGroup() throws IOException {
    return String.valueOf(Files.getAttribute(STATUS.getParent(), "posix:group"));
  }

  /** A path for a shell, safe to paste. */
  static String shellWord(Path file) {
    String text = file.toString();
    return text.matches("[A-Za-z0-9/._+:@%-]+") && !text.startsWith("-")
        ? text
        : "-- '" + Printable.cut(text, 4096).replace("'", "'\\''") + "'";
  }

  static boolean isClosed(int mode, int owner, int group) {
    int forbidden = owner == ROOT && group == ROOT ? 0037 : 0077;
    return (mode & forbidden) == 0;
  }

  /** What stat(2) tells of one component. */
  private record Inode(Path path, int mode, int owner, int group, boolean directory, boolean link) {
    private static final String WANTED = "unix:mode,uid,gid,isDirectory,isSymbolicLink";

    /** Of the component itself. */
    static Inode of(Path path) throws IOException {
      return of(path, Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS));
    }

    /** Of what it leads to. */
    static Inode at(Path path) throws IOException {
      return of(path, Files.readAttributes(path, WANTED));
    }

    private static Inode of(Path path, Map<String, Object> found) {
      return new Inode(
          path,
          number(found, "mode"),
          number(found, "uid"),
          number(found, "gid"),
          Boolean.TRUE.equals(found.get("isDirectory")),
          Boolean.TRUE.equals(found.get("isSymbolicLink")));
    }

    private static int number(Map<String, Object> found, String name) {
      return found.get(name) instanceof Integer number ? number : -1;
    }

    int permissions() {
      return mode & PERMISSIONS;
    }

    boolean sticky() {
      return (mode & STICKY) != 0;
    }

    /** A device such as /dev/null keeps nothing of what is written to it. */
    boolean isWritableByOthers() {
      return (mode & WRITABLE_BY_OTHERS) != 0 && (mode & FILE_TYPE) != CHARACTER_DEVICE;
    }

    boolean isClosed() {
      return FileRights.isClosed(mode, owner, group);
    }
  }
}
