package io.relais.failover.change;

import io.relais.common.DurableFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The journal's file. It is replaced as a whole, and is on the disk when {@link #write} returns: a
 * reader, or a kill, finds the old one or the new one. A file that can't be understood is never
 * written over.
 */
final class Journal {
  /** Far more than any; a file as long as that is not ours. */
  private static final int LONGEST = 4 << 20;

  private final Path file;

  Journal(Path file) {
    this.file = file.toAbsolutePath();
  }

  /**
   * What the file holds; empty if there is none.
   *
   * @throws IOException if it can't be read, is damaged, or was written by a newer version
   */
  Optional<JournalState> read() throws IOException {
    byte[] content;
    try (var in = Files.newInputStream(file)) {
      content = in.readNBytes(LONGEST);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new IOException("the journal " + file + " can't be read: " + reason(e), e);
    }
    try {
      JournalState state = JournalFormat.decode(content);
      if (!Arrays.equals(JournalFormat.encode(state), content)) {
        throw new JournalFormat.DamagedException("it is not as this program writes it");
      }
      return Optional.of(state);
    } catch (JournalFormat.DamagedException e) {
      throw new IOException(damaged(e), e);
    } catch (JournalFormat.NewerException e) {
      throw new IOException(newer(e), e);
    }
  }

  private String damaged(Exception e) {
    return "the journal "
        + file
        + " is damaged ("
        + e.getMessage()
        + "), and no record is changed while it is: bring it back from a copy; or look whether the"
        + " site's records point at production, mend them by hand if not, and move the file away";
  }

  private String newer(Exception e) {
    return "the journal "
        + file
        + " was written by a newer failover-watcher ("
        + e.getMessage()
        + "): install that one again; no record is changed by this one";
  }

  /** Replaces what the file holds. */
  void write(JournalState state) throws IOException {
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
