package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpAttributes;
import io.relais.sync.path.RelPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the modes of directories beside what is mirrored: which hand their group on to
 * what is made in them (setgid), and which were made with another mode than was asked for. The
 * setgid bit belongs to whoever runs the target. It stays as it is: a mode is set only where it has
 * to be, where it is known whether the directory has the bit, and with the bit, since without it
 * chmod(2) would take it away. (It does so anyway where the account is not in the directory's
 * group.)
 *
 * <p>Safe for use by many threads.
 */
final class DirectoryModes {
  private static final int SETGID = SftpAttributes.SETGID;

  /** Of a directory without the setgid bit, of which nothing more is known. */
  private static final int PLAIN = -1;

  /** The character after a slash. */
  private static final char AFTER_SLASH = '0';

  /** By path, one character a byte: the whole mode, or {@link #PLAIN}. */
  private final NavigableMap<String, Integer> known = new TreeMap<>();

  /** The directories that were listed: what was in them then and is not known above is plain. */
  private final NavigableSet<String> listed = new TreeSet<>();

  /** What has come into a directory since it was listed. */
  private final NavigableSet<String> unknown = new TreeSet<>();

  /** Takes note of the directories with the setgid bit that a directory was listed with. */
  synchronized void noteListed(RelPath directory, Map<String, Integer> withSetgid) {
    String path = directory.latin1();
    below(known, path).keySet().removeIf(each -> isIn(path, each));
    below(unknown, path).removeIf(each -> isIn(path, each));
    listed.add(path);
    withSetgid.forEach((name, mode) -> note(directory.child(name), mode));
  }

  private static boolean isIn(String directory, String path) {
    return !path.isEmpty() && directory.equals(parent(path));
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(path.lastIndexOf('/'), 0));
  }

  private static <V> NavigableMap<String, V> below(NavigableMap<String, V> map, String path) {
    return path.isEmpty() ? map : map.subMap(path + "/", true, path + AFTER_SLASH, false);
  }

  private static NavigableSet<String> below(NavigableSet<String> set, String path) {
    return path.isEmpty() ? set : set.subSet(path + "/", true, path + AFTER_SLASH, false);
  }

  /** Takes note of the whole mode that a directory has. */
  synchronized void note(RelPath directory, int mode) {
    known.put(directory.latin1(), mode & 07777);
    unknown.remove(directory.latin1());
  }

  /**
   * Takes note of a new directory: the server's umask may have cut its mode, and the one it is in
   * may have given it the setgid bit.
   *
   * @param mode what it has; null if the server did not say
   */
  synchronized void noteMade(RelPath directory, @Nullable Integer mode) {
    if (mode != null) {
      note(directory, mode);
    } else {
      known.remove(directory.latin1());
      unknown.add(directory.latin1());
    }
  }

  /** Takes note that something, maybe a directory with all it holds, has another path now. */
  synchronized void noteMoved(RelPath moved, RelPath place) {
    String from = moved.latin1();
    String to = place.latin1();
    boolean wasKnown = isKnown(moved);
    Integer mode = known.getOrDefault(from, PLAIN);
    forget(to);
    Map<String, Integer> modes = new HashMap<>(below(known, from));
    List<String> lists = new ArrayList<>(below(listed, from));
    if (listed.contains(from)) {
      lists.add(from);
    }
    List<String> doubts = new ArrayList<>(below(unknown, from));
    forget(from);
    modes.forEach((path, each) -> known.put(to + path.substring(from.length()), each));
    lists.forEach(path -> listed.add(to + path.substring(from.length())));
    doubts.forEach(path -> unknown.add(to + path.substring(from.length())));
    if (wasKnown) {
      known.put(to, mode);
    } else {
      unknown.add(to);
    }
  }

  private void forget(String path) {
    known.remove(path);
    listed.remove(path);
    unknown.remove(path);
    below(known, path).clear();
    below(listed, path).clear();
    below(unknown, path).clear();
  }

  /** Whether it is known if it hands its group on. */
  synchronized boolean isKnown(RelPath directory) {
    String path = directory.latin1();
    return known.containsKey(path)
        || (!path.isEmpty() && listed.contains(parent(path)) && !unknown.contains(path));
  }

  /** Whether it hands its group on, as far as is known. */
  synchronized boolean hasSetgid(RelPath directory) {
    Integer mode = known.get(directory.latin1());
    return mode != null && mode != PLAIN && (mode & SETGID) != 0;
  }

  /**
   * The mode that a directory is to be sent so that it gets {@code wanted}, and keeps its setgid
   * bit; null where none is to be sent, since it has it.
   *
   * @param hasMode whether it is taken to have it
   */
  synchronized @Nullable Integer toSend(RelPath directory, int wanted, boolean hasMode) {
    Integer mode = known.get(directory.latin1());
    if (mode == null || mode == PLAIN) {
      return hasMode && !unknown.contains(directory.latin1()) ? null : (Integer) wanted;
    }
    return (mode & ~SETGID) == wanted ? null : (Integer) (wanted | (mode & SETGID));
  }

  /** Takes note that a directory was given what {@link #toSend} said. */
  synchronized void noteSet(RelPath directory, int wanted) {
    known.computeIfPresent(
        directory.latin1(),
        (_, mode) -> mode == PLAIN ? mode : (Integer) (wanted | (mode & SETGID)));
  }
}
