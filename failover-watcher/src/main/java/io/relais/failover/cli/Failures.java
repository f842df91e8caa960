package io.relais.failover.cli;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** File errors as people read them. */
final class Failures {
  private Failures() {}

  static String describe(IOException e) {
    return switch (e) {
      case AccessDeniedException denied ->
          denied.getFile()
              + ": permission denied; run it as the user of the service: sudo -u failover-watcher"
              + " failover-watcher …";
      case NoSuchFileException missing -> missing.getFile() + ": there is no such file";
      case FileAlreadyExistsException there ->
          there.getFile() + ": is there already, and is no directory";
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      case JacksonException damaged ->
          "a file of the state is damaged, the next round writes it anew: "
              + damaged.getOriginalMessage();
      default -> String.valueOf(e.getMessage());
    };
  }
}
