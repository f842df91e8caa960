package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Passes everything on, but for what is overridden. */
public abstract class ForwardingListener implements ChangeSource.Listener {
  private final ChangeSource.Listener to;

  public ForwardingListener(ChangeSource.Listener to) {
    this.to = to;
  }

  @Override
  public void changed(RelPath path, ChangeSource.Sign sign) {
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
}
