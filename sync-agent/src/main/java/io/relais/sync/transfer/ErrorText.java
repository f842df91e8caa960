package io.relais.sync.transfer;

import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/** Says in a few words why the local disk or the target refused something. */
public final class ErrorText {
  /** What {@link #ofSource} says where a file or a directory may not be read. */
  public static final String DENIED = "permission denied at the source";

  private ErrorText() {}

  /**
   * Why the local disk refused, in one line without the path; by type, since the JDK's messages
   * often are the path alone.
   */
  public static String ofSource(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return DENIED;
    }
    if (failure instanceof NoSuchFileException) {
      return "it is not there";
    }
    if (failure instanceof FileSystemLoopException) {
      return "a symlink leads back to a directory that holds it";
    }
    if (failure instanceof NotDirectoryException) {
      return "it is not a directory";
    }
    @Nullable String reason =
        failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
    return reason == null ? "it can't be read, and the system gave no reason" : reason;
  }

  /**
   * Why the target refused a step, in one line without the path. It is the same at every try, but
   * for the numbers where there is no room: the names of temporary files in the server's answer are
   * not.
   */
  static String ofStep(TargetException refusal, Step step, RemoteLocation remoteLocation) {
    boolean attributes = step instanceof Step.SetAttributes || step instanceof Step.Unlock;
    return attributes && refusal.reason() == TargetException.Reason.PERMISSION_DENIED
        ? remoteLocation.deniedAttributes(step.path())
        : ofTarget(refusal, step.path(), remoteLocation);
  }

  private static String ofTarget(
      TargetException refusal, RelPath path, RemoteLocation remoteLocation) {
    return switch (refusal.reason()) {
      case NOT_FOUND ->
          path.isRoot()
              ? remoteLocation.missingParent()
              : "the directory it belongs in is not there at the target";
      case PERMISSION_DENIED -> remoteLocation.denied(path);
      case NO_SPACE -> "no space left at the target";
      case UNSAFE_PATH ->
          refusal.suspect()
              + " at the target is not what it was left as, and may lead out of the mirror;"
              + " it is compared again";
      case NO_ROOM, FOLLOWS_SYMLINKS -> String.valueOf(refusal.getMessage());
      case UNSUPPORTED -> "the target's server can't do what this needs";
      case FAILURE ->
          // What could be seen to be the reason was looked for before: see ObstacleFinder.
          "the target failed and gave no reason; a full disk does so, a quota, or a file in the way";
    };
  }

  /** Why an entry could not be looked at, listed or read; one line without the path. */
  public static String ofLook(
      TargetException refusal, RelPath path, RemoteLocation remoteLocation) {
    return switch (refusal.reason()) {
      case PERMISSION_DENIED -> remoteLocation.unreadable(path);
      case NOT_FOUND -> "it is not there at the target any more; it is compared again";
      case UNSAFE_PATH -> ofTarget(refusal, path, remoteLocation);
      case NO_SPACE, NO_ROOM, UNSUPPORTED, FOLLOWS_SYMLINKS, FAILURE ->
          "it could not be looked at: " + refusal.getMessage();
    };
  }
}
