package io.relais.sync.pull;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.relais.common.DurableFile;
import io.relais.sync.path.RelPath;
import io.relais.sync.pull.BackupChange.What;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about each change of one promotion, a line each, appended once it is carried
 * out: so a repeated run knows what it need not do or ask again. A line that a crash has cut off
 * counts for nothing; the change is then found again. For one thread.
 */
public final class DecisionJournal {
  private static final HexFormat HEX = HexFormat.of();

  /** What was decided about a change. */
  public enum Decision {
    /** The backup's version is at production. */
    BACKUP,
    /** Production's version stays. */
    PRODUCTION,
    /** The backup's version is beside production's, under a name of its own. */
    BOTH,
    /** The backup's version is kept in a directory, and nothing is done at production. */
    KEPT
  }

  /** One line. */
  record Decided(What what, boolean conflict, Decision decision, String version) {}

  private final Path file;
  private final Map<RelPath, Decided> decided;

  private DecisionJournal(Path file, Map<RelPath, Decided> decided) {
    this.file = file;
    this.decided = decided;
  }

  /** Reads what there is. */
  public static DecisionJournal open(Path file) throws IOException {
    Map<RelPath, Decided> decided = new HashMap<>();
    try {
      String text = Files.readString(file, US_ASCII);
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
        read(line, decided);
      }
    } catch (NoSuchFileException e) {
      // Nothing was decided yet.
    }
    return new DecisionJournal(file, decided);
  }

  private static void read(String line, Map<RelPath, Decided> decided) {
    List<String> words = List.of(line.split(" "));
    if (words.size() != 5) {
      return;
    }
    try {
      decided.put(
          RelPath.of(HEX.parseHex(words.get(4))),
          new Decided(
              What.valueOf(words.get(0).toUpperCase(Locale.ROOT)),
              words.get(1).equals("conflict"),
              Decision.valueOf(words.get(2).toUpperCase(Locale.ROOT)),
              words.get(3)));
    } catch (IllegalArgumentException e) {
      // It was cut off in the middle of what follows it.
    }
  }

  /** What was decided about a version at the backup; null for nothing. */
  @Nullable Decision decision(RelPath path, String version) {
    Decided found = decided.get(path);
    return found != null && found.version().equals(version) ? found.decision() : null;
  }

  /** Notes a decision that is carried out, and returns once it is on the disk. */
  void add(BackupChange change, Decision decision) throws IOException {
    Decided line = new Decided(change.what(), change.conflict(), decision, change.version());
    String text =
        "%s %s %s %s %s\n"
            .formatted(
                line.what().word(),
                line.conflict() ? "conflict" : "clean",
                decision.name().toLowerCase(Locale.ROOT),
                line.version(),
                HEX.formatHex(change.path().latin1().getBytes(ISO_8859_1)));
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.READ,
                LinkOption.NOFOLLOW_LINKS),
            DurableFile.privateMode(file))) {
      channel.position(afterLastLine(channel));
      ByteBuffer left = ByteBuffer.wrap(text.getBytes(US_ASCII));
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.truncate(channel.position());
      channel.force(true);
    }
    decided.put(change.path(), line);
  }

  /** A line that was cut off is written over. */
  private static long afterLastLine(FileChannel channel) throws IOException {
    long at = channel.size();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (at > 0) {
      one.clear();
      channel.read(one, at - 1);
      if (one.get(0) == '\n') {
        return at;
      }
      at--;
    }
    return 0;
  }

  /**
   * How many changes were decided.
   *
   * @param what null for conflicts, of whatever kind
   */
  public long count(@Nullable What what) {
    return decided.values().stream()
        .filter(each -> what == null ? each.conflict() : !each.conflict() && each.what() == what)
        .count();
  }
}
