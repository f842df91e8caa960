package io.relais.failover.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** File errors as people read them. */
final class Failures {
  private Failures() {}

  static String describe(IOException e) {
    return switch (e) {
      case AccessDeniedException denied ->
          denied.getFile() + ": permission denied; run it as the user of the service";
      case NoSuchFileException missing -> missing.getFile() + ": there is no such file";
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
