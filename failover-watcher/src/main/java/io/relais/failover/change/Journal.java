package io.relais.failover.change;

import io.relais.common.DurableFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The journal, in memory and on disk. An intent has to be on disk before it counts. Progress counts
 * even if the disk takes no more: what the file says then is behind, which only means that a
 * restart repeats steps that may be repeated.
 *
 * <p>The file is replaced as a whole, and is on the disk when it counts: a reader, or a kill, finds
 * the old one or the new one. A file that can't be understood is never written over.
 *
 * <p>For one thread.
 */
final class Journal {
  /** Far more than any; a file as long as that is not ours. */
  private static final int LONGEST = 4 << 20;

  private final Path file;
  private JournalState state;
  private Optional<String> trouble = Optional.empty();

  private Journal(Path file, JournalState state) {
    this.file = file;
    this.state = state;
  }

  /**
   * Reads the file, if there is one. It is made with the first change: a process that only looks
   * leaves none, since it might be another user's.
   *
   * @throws IOException if it can't be read, is damaged, or was written by a newer version
   */
  static Journal open(Path file) throws IOException {
    return new Journal(file.toAbsolutePath(), read(file).orElse(JournalState.EMPTY));
  }

  JournalState state() {
    return state;
  }

  /** Why the file is behind, if it is. */
  Optional<String> trouble() {
    return trouble;
  }

  /**
   * Takes an intent, or the end of a change.
   *
   * @throws IOException if it can't be written: then all is as before
   */
  void commit(JournalState next) throws IOException {
    try {
      write(next);
    } catch (IOException e) {
      rollBack(e);
      throw e;
    }
    state = next;
    trouble = Optional.empty();
  }

  /**
   * The file may have been renamed, with only its directory not flushed: a restart would see it.
   */
  private void rollBack(IOException cause) {
    try {
      if (!read(file).orElse(JournalState.EMPTY).equals(state)) {
        write(state);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Takes progress. */
  void recordProgress(JournalState next) {
    state = next;
    try {
      write(next);
      trouble = Optional.empty();
    } catch (IOException e) {
      trouble = Optional.ofNullable(e.getMessage());
    }
  }

  /**
   * What a file holds; empty if there is none.
   *
   * @throws IOException if it can't be read, is damaged, or was written by a newer version
   */
  static Optional<JournalState> read(Path relative) throws IOException {
    Path file = relative.toAbsolutePath();
    byte[] content;
    try (var in = Files.newInputStream(file)) {
      content = in.readNBytes(LONGEST);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new IOException("the journal " + file + " can't be read: " + reason(e), e);
    }
    return Optional.of(JournalFormat.decode(file, content));
  }

  private void write(JournalState state) throws IOException {
    try {
      DurableFile.replace(file, JournalFormat.encode(state));
    } catch (IOException e) {
      throw new IOException(
          "the journal "
              + file
              + " can't be written: "
              + reason(e)
              + "; look at the free space and the rights of its directory",
          e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case NoSuchFileException missing -> missing.getFile() + ": there is no such file";
      case DirectoryNotEmptyException directory ->
          directory.getFile() + ": is a directory, where a file is to be";
      default -> String.valueOf(e.getMessage());
    };
  }
}
