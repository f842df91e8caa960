package io.relais.common.promotion;

/**
 * The names of a copy's gate: how a promotion stops requests that an agent has already sent.
 *
 * <p>A server of SFTP carries out what it receives whenever that arrives, also after hours in the
 * buffers of a frozen host or a link that was cut. So the agent reaches a copy only through a
 * symlink of its session, {@code .relais-NAME.gate/SESSION}, which leads to the copy's directory.
 * To promote the copy, the watcher first leaves the promotion record and then renames the gate's
 * directory: each path that is still under way leads nowhere from that moment on. An agent that
 * connects makes its symlink first and then looks for the record; whichever order the two programs
 * come in, one of them sees the other. A new session removes the symlinks of those before it, so
 * that what they left under way can't undo what is newer.
 */
public final class SessionGate {
  private static final String PREFIX = ".relais-";
  private static final String SUFFIX = ".gate";
  private static final String CLOSED = SUFFIX + ".closed-";

  private SessionGate() {}

  /** The name of the gate's directory for a copy whose directory has a name. */
  public static String directoryName(String directory) {
    return PREFIX + directory + SUFFIX;
  }

  /** What it is called once a promotion has closed it. */
  public static String closedName(String directory, Promotion promotion) {
    return PREFIX + directory + CLOSED + promotion.id();
  }

  /** What a session's symlink says, as seen from the gate's directory. */
  public static String linkText(String directory) {
    return "../" + directory;
  }

  /** Whether a directory of that name (not a path) is a gate, closed or not. */
  public static boolean isDirectoryName(String name) {
    return name.startsWith(PREFIX)
        && (name.endsWith(SUFFIX) || name.contains(CLOSED))
        && name.length() > PREFIX.length() + SUFFIX.length();
  }
}
