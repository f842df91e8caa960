package io.relais.sync.entry;

import io.relais.sync.path.RelPath;

/**
 * One path that can't be made equal, while everything else goes on.
 *
 * @param message one line for the operator, without the path
 */
public record PathProblem(RelPath path, String message) {
  /** One line with the path. */
  public String describe() {
    return path + ": " + message;
  }
}
