package io.relais.sync.transfer;

import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.TargetException;

/** Says in a few words why the target refused. */
public final class RemoteErrorText {
  private RemoteErrorText() {}

  /**
   * One line without the path. It is the same at every try, but for the numbers where there is no
   * room: the names of temporary files in the server's answer are not.
   */
  static String explain(TargetException refusal, Step step, RemoteLocation remoteLocation) {
    boolean attributes = step instanceof Step.SetAttributes || step instanceof Step.Unlock;
    return attributes && refusal.reason() == TargetException.Reason.PERMISSION_DENIED
        ? remoteLocation.deniedAttributes(step.path())
        : explain(refusal, step.path(), remoteLocation);
  }

  private static String explain(
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
          // What could be seen to be the reason was looked for before: see Obstacles.
          "the target failed and gave no reason; a full disk does so, a quota, or a file in the way";
    };
  }

  /** Why an entry could not be looked at, listed or read; one line without the path. */
  public static String explainLook(
      TargetException refusal, RelPath path, RemoteLocation remoteLocation) {
    return switch (refusal.reason()) {
      case PERMISSION_DENIED -> remoteLocation.unreadable(path);
      case NOT_FOUND -> "it is not there at the target any more; it is compared again";
      case UNSAFE_PATH -> explain(refusal, path, remoteLocation);
      case NO_SPACE, NO_ROOM, UNSUPPORTED, FOLLOWS_SYMLINKS, FAILURE ->
          "it could not be looked at: " + refusal.getMessage();
    };
  }
}
