package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Watches a source where some files belong to others: a hint at the one is one at the other. */
public final class RedirectingSource implements ChangeSource {
  private final ChangeSource source;
  private final UnaryOperator<RelPath> redirection;

  /**
   * Makes what has not started yet.
   *
   * @param source what watches; closed with this
   * @param redirection where a hint at a path belongs; for any thread
   */
  public RedirectingSource(ChangeSource source, UnaryOperator<RelPath> redirection) {
    this.source = source;
    this.redirection = redirection;
  }

  @Override
  public void start(Listener listener) throws IOException {
    source.start(new Redirected(listener, redirection));
  }

  @Override
  public void audit(Set<RelPath> directories) {
    source.audit(directories);
  }

  @Override
  public void close() {
    source.close();
  }

  private static final class Redirected extends ForwardingListener {
    private final UnaryOperator<RelPath> redirection;

    Redirected(Listener to, UnaryOperator<RelPath> redirection) {
      super(to);
      this.redirection = redirection;
    }

    @Override
    public void changed(RelPath path, Sign sign) {
      RelPath whole = redirection.apply(path);
      // Whatever was done to a part, the whole was written, and may not be finished.
      super.changed(whole, whole.equals(path) ? sign : Sign.WRITTEN);
    }

    @Override
    public void moved(RelPath from, RelPath into, boolean directory) {
      RelPath left = redirection.apply(from);
      RelPath come = redirection.apply(into);
      if (left.equals(from) && come.equals(into)) {
        super.moved(from, into, directory);
      } else {
        super.changed(left, Sign.WRITTEN);
        super.changed(come, Sign.WRITTEN);
      }
    }
  }
}
