package io.relais.sync.remote;

import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;

/**
 * A change of a {@link SyncTarget} that is one request; each does what the method it names does.
 */
public sealed interface RemoteChange {
  RelPath path();

  /** Makes it, and waits for that. */
  void make(SyncTarget target) throws IOException;

  /** {@link SyncTarget#makeDirectory}. */
  record MakeDirectory(RelPath path, int mode) implements RemoteChange {
    @Override
    public void make(SyncTarget target) throws IOException {
      target.makeDirectory(path, mode);
    }
  }

  /**
   * {@link SyncTarget#setAttributes}.
   *
   * @param hasMode whether it has the mode already, so that only the time needs to be set
   */
  record SetAttributes(RelPath path, TargetEntry wanted, boolean hasMode) implements RemoteChange {
    /** Where the mode may be another. */
    public SetAttributes(RelPath path, TargetEntry wanted) {
      this(path, wanted, false);
    }

    @Override
    public void make(SyncTarget target) throws IOException {
      target.setAttributes(path, wanted);
    }
  }

  /** {@link SyncTarget#setMode}. */
  record SetMode(RelPath path, int mode) implements RemoteChange {
    @Override
    public void make(SyncTarget target) throws IOException {
      target.setMode(path, mode);
    }
  }

  /** {@link SyncTarget#removeFile}. */
  record RemoveFile(RelPath path) implements RemoteChange {
    @Override
    public void make(SyncTarget target) throws IOException {
      target.removeFile(path);
    }
  }

  /** {@link SyncTarget#removeDirectory}. */
  record RemoveDirectory(RelPath path) implements RemoteChange {
    @Override
    public void make(SyncTarget target) throws IOException {
      target.removeDirectory(path);
    }
  }
}
