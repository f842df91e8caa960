package io.relais.sync.target.sftp;

import io.relais.sync.plan.RelPath;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the modes of directories beside what is mirrored: which hand their group on to
 * what is made in them (setgid), and which were made with another mode than was asked for. The
 * setgid bit belongs to whoever runs the target. It stays as it is: a mode is set only where it has
 * to be, and with the bit, since without it chmod(2) would take it away. (It does so anyway where
 * the account is not in the directory's group.)
 *
 * <p>Safe for use by many threads.
 */
final class DirectoryModes {
  private static final int SETGID = SftpAttributes.SETGID;

  /** By path, one character a byte; the whole mode. */
  private final Map<String, Integer> setgid = new ConcurrentHashMap<>();

  private final Set<String> otherThanAsked = ConcurrentHashMap.newKeySet();

  /** Takes note of the directories with the setgid bit that a directory was listed with. */
  void noteListed(RelPath directory, Map<String, Integer> listed) {
    listed.forEach((name, mode) -> note(directory.child(name), mode));
  }

  /** Takes note of the whole mode that a directory has. */
  void note(RelPath directory, int mode) {
    if ((mode & SETGID) != 0) {
      setgid.put(directory.latin1(), mode & 07777);
    } else {
      setgid.remove(directory.latin1());
    }
  }

  /**
   * Takes note of a new directory: the server's umask may have cut its mode, and the one it is in
   * may have given it the setgid bit.
   *
   * @param mode what it has; null if the server did not say
   */
  void noteMade(RelPath directory, int asked, @Nullable Integer mode) {
    if (mode != null) {
      note(directory, mode);
    }
    if (mode == null || (mode & 07777 & ~SETGID) != asked) {
      otherThanAsked.add(directory.latin1());
    } else {
      otherThanAsked.remove(directory.latin1());
    }
  }

  /** Whether it hands its group on. */
  boolean hasSetgid(RelPath directory) {
    return setgid.containsKey(directory.latin1());
  }

  /**
   * The mode that a directory is to be sent so that it gets {@code wanted}, and keeps its setgid
   * bit; null where none is to be sent, since it has it.
   *
   * @param hasMode whether it is taken to have it
   */
  @Nullable Integer toSend(RelPath directory, int wanted, boolean hasMode) {
    Integer known = setgid.get(directory.latin1());
    if (known == null) {
      boolean has = hasMode && !otherThanAsked.contains(directory.latin1());
      return has ? null : (Integer) wanted;
    }
    return (known & ~SETGID) == wanted ? null : (Integer) (wanted | SETGID);
  }

  /** Takes note that a directory was given what {@link #toSend} said. */
  void noteSet(RelPath directory, int wanted) {
    otherThanAsked.remove(directory.latin1());
    setgid.computeIfPresent(directory.latin1(), (_, _) -> wanted | SETGID);
  }
}
