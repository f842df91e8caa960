package io.relais.sync.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The disk under the state directory, and whether it is full. */
final class StateDisk {
  private StateDisk() {}

  /** Whether fewer bytes are free on it; false where that can't be told. */
  static boolean lacks(Path directory, long bytes) {
    try {
      return Files.getFileStore(directory).getUsableSpace() < bytes;
    } catch (IOException e) {
      return false;
    }
  }

  /** What to say of one that is full. */
  static String full(Path directory) {
    return "the disk of the state directory %s is full; free some space there".formatted(directory);
  }
}
