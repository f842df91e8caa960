package io.relais.sync.remote;

import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;

/** A change of a {@link SyncTarget} that is one request. */
public sealed interface RemoteChange {
  RelPath path();

  /**
   * Makes a directory that its owner can fill, with {@code mode} as far as the server's umask lets
   * it; {@link SetAttributes} makes it exact. It is no error if a directory is already there.
   */
  record MakeDirectory(RelPath path, int mode) implements RemoteChange {}

  /**
   * Sets mode and time of a file or directory, or the time of a symlink where that is possible.
   *
   * @param hasMode whether it has the mode already, so that only the time needs to be set
   */
  record SetAttributes(RelPath path, TargetEntry wanted, boolean hasMode) implements RemoteChange {
    /** Where the mode may be another. */
    public SetAttributes(RelPath path, TargetEntry wanted) {
      this(path, wanted, false);
    }
  }

  /** Sets the mode of a file or directory. */
  record SetMode(RelPath path, int mode) implements RemoteChange {}

  /** Removes a file or symlink; it is no error if there is none. */
  record RemoveFile(RelPath path) implements RemoteChange {}

  /** Removes an empty directory; it is no error if there is none. */
  record RemoveDirectory(RelPath path) implements RemoteChange {}
}
