package io.relais.failover.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code history.jsonl}: what happened, one JSON object a line, oldest first. At 1 MiB it becomes
 * {@code history.jsonl.1}.
 */
public final class HistoryFile {
  private static final Logger log = LoggerFactory.getLogger(HistoryFile.class);
  private static final long LARGEST = 1 << 20;

  private final Path file;
  private boolean told;

  public HistoryFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("history.jsonl");
  }

  /**
   * One thing that happened.
   *
   * @param event a word, as {@code phase} or {@code change}
   * @param from the phase before; empty where that means nothing
   * @param to the phase after
   * @param text for people
   */
  public record Entry(Instant at, String event, String from, String to, String text) {}

  /** Adds an entry; a full disk is logged once, and no reason to stop. */
  void add(Entry entry) {
    try {
      if (Files.exists(file) && Files.size(file) > LARGEST) {
        Files.move(file, older(), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.writeString(
          file,
          Json.MAPPER.writeValueAsString(entry) + "\n",
          UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      told = false;
    } catch (IOException e) {
      if (!told) {
        log.warn("the history can't be written: {}", e.getMessage());
        told = true;
      }
    }
  }

  /** The last entries, oldest first; a line that a crash left unfinished is left out. */
  public ImmutableList<Entry> last(int count) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path part : List.of(older(), file)) {
      if (Files.exists(part)) {
        Files.readAllLines(part, UTF_8).forEach(line -> parse(line, entries));
      }
    }
    return ImmutableList.copyOf(
        entries.subList(Math.max(0, entries.size() - count), entries.size()));
  }

  private static void parse(String line, List<Entry> entries) {
    try {
      entries.add(Json.MAPPER.readValue(line, Entry.class));
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      log.debug("a line of the history is damaged: {}", e.getOriginalMessage());
    }
  }

  private Path older() {
    return file.resolveSibling("history.jsonl.1");
  }
}
