package io.relais.failover.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * {@code history.jsonl}: what happened, one JSON object a line, oldest first. At 1 MiB it becomes
 * {@code history.jsonl.1}.
 */
public final class HistoryFile {
  private static final Logger log = LoggerFactory.getLogger(HistoryFile.class);
  private static final long LARGEST = 1 << 20;
  private static final ImmutableSet<OpenOption> APPENDING =
      ImmutableSet.of(
          StandardOpenOption.CREATE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);

  private final Path file;
  private final StateWriteFailure stateWriteFailure;
  private boolean told;

  public HistoryFile(Path stateDirectory) {
    this.file = stateDirectory.resolve("history.jsonl");
    this.stateWriteFailure = new StateWriteFailure(stateDirectory);
  }

  /**
   * One thing that happened.
   *
   * @param event {@code phase} for one that follows another, {@code change} for a change of the
   *     records that is done, {@code watch} for something only watched that went down or came up,
   *     {@code rehearsal}
   * @param from the phase before; of a watch, {@code up} or {@code down}
   * @param to the phase after; as before with a change within it
   * @param text for people
   */
  public record Entry(Instant at, String event, String from, String to, String text) {}

  /**
   * Adds an entry; a full disk is logged once, and no reason to stop. Where people know that the
   * state can't be written, each run from cron would mail it.
   */
  public void add(Entry entry) {
    try {
      if (FileAccess.exists(file) && Files.size(file) > LARGEST) {
        Files.move(file, older(), StandardCopyOption.REPLACE_EXISTING);
      }
      append((endsInsideALine() ? "\n" : "") + StateJson.MAPPER.writeValueAsString(entry) + "\n");
      told = false;
    } catch (IOException e) {
      if (!told) {
        log.atLevel(stateWriteFailure.told().isPresent() ? Level.INFO : Level.WARN)
            .log("the history can't be written: {}", FileProblem.describe(e));
        told = true;
      }
    }
  }

  private void append(String text) throws IOException {
    try (SeekableByteChannel out =
        Files.newByteChannel(file, APPENDING, DurableFile.privateMode(file))) {
      ByteBuffer left = UTF_8.encode(text);
      while (left.hasRemaining()) {
        out.write(left);
      }
    }
  }

  /** A crash may have cut the last line off; the next one must not be lost with it. */
  private boolean endsInsideALine() throws IOException {
    if (!FileAccess.exists(file)) {
      return false;
    }
    try (SeekableByteChannel in = Files.newByteChannel(file)) {
      ByteBuffer end = ByteBuffer.allocate(1);
      return in.size() > 0 && in.position(in.size() - 1).read(end) == 1 && end.get(0) != '\n';
    }
  }

  /** The last entries, oldest first; a line that a crash left unfinished is left out. */
  public ImmutableList<Entry> last(int count) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path part : List.of(older(), file)) {
      if (FileAccess.exists(part)) {
        new String(Files.readAllBytes(part), UTF_8).lines().forEach(line -> parse(line, entries));
      }
    }
    return ImmutableList.copyOf(
        entries.subList(Math.max(0, entries.size() - count), entries.size()));
  }

  private static void parse(String line, List<Entry> entries) {
    try {
      entries.add(StateJson.MAPPER.readValue(line, Entry.class));
    } catch (JacksonException e) {
      log.debug("a line of the history is damaged: {}", e.getOriginalMessage());
    }
  }

  private Path older() {
    return file.resolveSibling("history.jsonl.1");
  }
}
