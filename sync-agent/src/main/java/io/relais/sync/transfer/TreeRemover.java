package io.relais.sync.transfer;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Removes what is under a temporary name at the target, whatever it is, with all it holds. */
final class TreeRemover {
  /**
   * Directories that wait while those in others are removed. What the server lists may have no end,
   * and each of these takes about 100 bytes.
   */
  private static final int MOST_WAITING = 200_000;

  private final SyncTarget target;
  private int waiting;

  private TreeRemover(SyncTarget target) {
    this.target = target;
  }

  /** Removes it; it is no error if it is gone. */
  static void remove(SyncTarget target, RelPath path) throws IOException {
    new TreeRemover(target).remove(path);
  }

  private void remove(RelPath path) throws IOException {
    TargetEntry entry = target.stat(path);
    if (entry == null) {
      return;
    }
    if (entry.kind() != EntryKind.DIRECTORY) {
      target.make(new RemoteChange.RemoveFile(path));
      return;
    }
    removeDirectory(path);
  }

  private void removeDirectory(RelPath path) throws IOException {
    target.make(new RemoteChange.SetMode(path, 0700));
    List<String> directories = new ArrayList<>();
    for (Map.Entry<String, TargetEntry> child : target.list(path).entrySet()) {
      if (child.getValue().kind() == EntryKind.DIRECTORY) {
        directories.add(child.getKey());
      } else {
        target.make(new RemoteChange.RemoveFile(path.child(child.getKey())));
      }
    }
    waiting += directories.size();
    if (waiting > MOST_WAITING) {
      throw new TargetException(
          Reason.FAILURE, "remove " + path + ": it holds too many directories; remove it by hand");
    }
    for (String name : directories) {
      remove(path.child(name));
    }
    waiting -= directories.size();
    target.make(new RemoteChange.RemoveDirectory(path));
  }
}
