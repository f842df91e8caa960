package io.relais.sync.transfer;

import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.target.SyncTarget;
import java.io.IOException;
import java.util.Map;

/** Removes what is under a temporary name at the target, whatever it is, with all it holds. */
final class TreeRemover {
  private TreeRemover() {}

  /** Removes it; it is no error if it is gone. */
  static void remove(SyncTarget target, RelPath path) throws IOException {
    TargetEntry entry = target.stat(path);
    if (entry == null) {
      return;
    }
    if (entry.kind() != Kind.DIRECTORY) {
      target.removeFile(path);
      return;
    }
    target.setMode(path, 0700);
    for (Map.Entry<String, TargetEntry> child : target.list(path).entrySet()) {
      if (child.getValue().kind() == Kind.DIRECTORY) {
        remove(target, path.child(child.getKey()));
      } else {
        target.removeFile(path.child(child.getKey()));
      }
    }
    target.removeDirectory(path);
  }
}
