package io.relais.sync.transfer;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/** Says in a few words why the local disk refused. */
public final class DiskErrorText {
  /** What {@link #explain} says where a file or a directory may not be read. */
  public static final String DENIED = "permission denied at the source";

  private DiskErrorText() {}

  /** One line without the path; by type, since the JDK's messages often are the path alone. */
  public static String explain(IOException failure) {
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
}
