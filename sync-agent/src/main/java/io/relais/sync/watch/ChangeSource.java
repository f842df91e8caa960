package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches one source directory. What it reports are hints: the scan of the hinted path decides.
 *
 * <p>Threads: the listener is called from threads of the source's own, must not block, and may
 * still be called once or twice while {@link #close} runs, never after it has returned.
 */
public interface ChangeSource extends AutoCloseable {
  /**
   * Starts to watch, and returns once every directory that can be watched is: a full scan that
   * begins after this misses nothing that is changed later.
   *
   * @throws IOException if the root can't be watched at all
   */
  void start(Listener listener) throws IOException;

  /**
   * Compares what is watched with the directories that a scan of everything has met. Returns at
   * once; what was not watched is watched then and hinted at, and {@link Listener#audited} told.
   * What was made, moved or deleted meanwhile is no difference.
   *
   * @param directories all that were met; must not be changed any longer
   */
  default void audit(Set<RelPath> directories) {}

  @Override
  void close();

  /** What a source knows of a change besides its place. It decides how long to wait, never what. */
  enum Sign {
    /** Nothing: somebody may be in the middle of it. */
    UNKNOWN,
    /** There is a new entry, to be filled. */
    MADE,
    /** A file is being written. */
    WRITTEN,
    /** What was written is closed, or something complete was moved in. */
    CLOSED,
    /** Only something other than the content. */
    ATTRIBUTES
  }

  /** Takes the hints. */
  interface Listener {
    /** Something may have changed at {@code path}, or directly in it if it is a directory. */
    default void changed(RelPath path) {
      changed(path, Sign.UNKNOWN);
    }

    /** The same, with what is known of it. */
    void changed(RelPath path, Sign sign);

    /**
     * Something was moved within the source: both paths may have changed. What a directory holds is
     * as it was, but for what is hinted at under either name.
     */
    void moved(RelPath from, RelPath to, boolean directory);

    /** Anything may have changed at or below {@code root}; {@code reason} is for the log. */
    void rescan(RelPath root, String reason);

    /**
     * Something that you should know and can fix; one line, with the command that fixes it. It
     * stands until {@link #degradedNow}, and nothing is said to be in sync meanwhile.
     */
    void degraded(String problem);

    /**
     * What an {@link ChangeSource#audit} has found and put right, in one line; null if nothing was
     * wrong. It replaces what the one before has told.
     */
    default void audited(@Nullable String defect) {}

    /** The source is watched again: this is all that is wrong now, with what stands already. */
    default void degradedNow(Set<String> problems) {}

    /**
     * Changes are known to go unseen, or may: {@code why}, in one line. It stands until it is
     * called with null, once the source is watched again and after the {@link #rescan} that makes
     * up for it; nothing is said to be in sync meanwhile.
     */
    default void doubtful(@Nullable String why) {}

    /**
     * The best way to watch can't be used here, and another one is: {@code why}, in one line; null
     * for the best. All changes are seen all the same.
     */
    default void fallback(@Nullable String why) {}
  }

  /** Passes everything on, but for what is overridden. */
  abstract class ForwardingListener implements Listener {
    private final Listener to;

    protected ForwardingListener(Listener to) {
      this.to = to;
    }

    @Override
    public void changed(RelPath path, Sign sign) {
      to.changed(path, sign);
    }

    @Override
    public void moved(RelPath from, RelPath into, boolean directory) {
      to.moved(from, into, directory);
    }

    @Override
    public void rescan(RelPath root, String reason) {
      to.rescan(root, reason);
    }

    @Override
    public void degraded(String problem) {
      to.degraded(problem);
    }

    @Override
    public void audited(@Nullable String defect) {
      to.audited(defect);
    }

    @Override
    public void degradedNow(Set<String> problems) {
      to.degradedNow(problems);
    }

    @Override
    public void doubtful(@Nullable String why) {
      to.doubtful(why);
    }

    @Override
    public void fallback(@Nullable String why) {
      to.fallback(why);
    }
  }
}
