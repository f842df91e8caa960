package io.relais.failover.state;

import io.relais.common.Faults;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What is wrong with a file, as people read it. */
public final class FileProblem {
  private FileProblem() {}

  /** One line, without the names of Java's classes. */
  public static String describe(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case NoSuchFileException missing -> missing.getFile() + ": there is no such file";
      case FileAlreadyExistsException there ->
          there.getFile() + ": is there already, and is not a directory";
      case NotDirectoryException file -> file.getFile() + ": is not a directory";
      case DirectoryNotEmptyException directory ->
          directory.getFile() + ": is a directory, where a file is to be";
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      default -> Faults.withFile(e);
    };
  }
}
