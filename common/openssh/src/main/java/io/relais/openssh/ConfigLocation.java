package io.relais.openssh;

import java.nio.file.Path;

/**
 * A line of a file.
 *
 * @param line counted from 1
 */
public record ConfigLocation(Path file, int line) {
  /** {@code FILE:LINE}, as compilers write it. */
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
