package io.relais.sync.remote;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The server refused something; the connection is fine. The path and the reason are in the message.
 */
public final class TargetException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why, as far as the protocol tells. */
  public enum Reason {
    NOT_FOUND,
    PERMISSION_DENIED,
    NO_SPACE,
    /** There is too little for it, so it was not begun; the message says so without the path. */
    NO_ROOM,
    UNSUPPORTED,
    /** The server would rename what a symlink leads to; the message says so without the path. */
    FOLLOWS_SYMLINKS,
    /**
     * What should be a directory on the way, or the entry itself, turned out to be another kind.
     */
    UNSAFE_PATH,
    /** What version 3 of SFTP says for nearly everything: in the way, not empty, disk failed. */
    FAILURE
  }

  private final Reason reason;
  private final transient @Nullable RelPath suspect;

  public TargetException(Reason reason, String message) {
    this(reason, message, null);
  }

  private TargetException(Reason reason, String message, @Nullable RelPath suspect) {
    super(message);
    this.reason = reason;
    this.suspect = suspect;
  }

  /**
   * For something that is not done, or not trusted, since it may have led out of the mirror.
   *
   * @param suspect what is not of the kind that it should be
   */
  public static TargetException unsafe(RelPath suspect, String message) {
    return new TargetException(Reason.UNSAFE_PATH, message, suspect);
  }

  /** For {@link Reason#UNSAFE_PATH}, what has to be listed again; null for every other reason. */
  public @Nullable RelPath suspect() {
    return suspect;
  }

  public Reason reason() {
    return reason;
  }
}
