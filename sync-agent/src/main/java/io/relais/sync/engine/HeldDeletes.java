package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import io.relais.common.DurableFile;
import io.relais.sync.guard.LossLocations;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a halted mirror does not delete, in a file of its directory, for the command that lets it go
 * on: how much, where, and the first paths. Each line is a keyword and its value; a name is escaped
 * as it is wherever it is shown.
 */
public final class HeldDeletes {
  private static final Logger LOG = LoggerFactory.getLogger(HeldDeletes.class);
  private static final String FILE = "held-deletes";
  private static final String HALT = "halt ";
  private static final String TOTAL = "total ";
  private static final String DIRECTORY = "directory ";
  private static final String PATH = "path ";
  private static final int MOST_DIRECTORIES = 40;
  private static final int MOST_PATHS = 40;

  private final Path file;

  public HeldDeletes(Path mirrorDirectory) {
    this.file = mirrorDirectory.resolve(FILE);
  }

  /**
   * What was written.
   *
   * @param halt the id of the halt
   * @param total how many entries would be deleted
   * @param directories those that would lose most, each with how many, for people
   * @param paths the first paths
   */
  public record Listing(
      String halt, long total, ImmutableList<String> directories, ImmutableList<String> paths) {}

  /** Writes it down. That it can't be written only costs the list that would have been shown. */
  void write(String halt, ImmutableList<RelPath> deletes) {
    StringBuilder text = new StringBuilder();
    text.append(HALT).append(halt).append('\n');
    text.append(TOTAL).append(deletes.size()).append('\n');
    for (LossLocations.Loss loss : LossLocations.of(deletes, MOST_DIRECTORIES)) {
      text.append(DIRECTORY).append(loss.describe()).append('\n');
    }
    deletes.stream()
        .sorted()
        .limit(MOST_PATHS)
        .forEach(path -> text.append(PATH).append(path).append('\n'));
    try {
      DurableFile.replaceUnflushed(file, text.toString().getBytes(UTF_8));
    } catch (IOException e) {
      LOG.debug("what is held can't be written down", e);
    }
  }

  /** Nothing is held any more. */
  void clear() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("what was held can't be removed", e);
    }
  }

  /**
   * Reads it.
   *
   * @return empty where nothing is held
   * @throws IOException if it can't be read
   */
  public Optional<Listing> read() throws IOException {
    String halt = "";
    long total = 0;
    ImmutableList.Builder<String> directories = ImmutableList.builder();
    ImmutableList.Builder<String> paths = ImmutableList.builder();
    try {
      for (String line : Files.readAllLines(file, UTF_8)) {
        if (line.startsWith(HALT)) {
          halt = line.substring(HALT.length());
        } else if (line.startsWith(TOTAL)) {
          total = Long.parseLong(line.substring(TOTAL.length()));
        } else if (line.startsWith(DIRECTORY)) {
          directories.add(line.substring(DIRECTORY.length()));
        } else if (line.startsWith(PATH)) {
          paths.add(line.substring(PATH.length()));
        }
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (NumberFormatException e) {
      throw new IOException(file + " is not a list of held deletes", e);
    }
    return Optional.of(new Listing(halt, total, directories.build(), paths.build()));
  }
}
