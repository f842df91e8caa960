package io.relais.failover.promotion;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import io.relais.common.Printable;
import io.relais.common.TimeText;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecord;
import io.relais.common.promotion.ReturnRecordFile;
import io.relais.common.promotion.SessionGate;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.HeartbeatConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fence around the copies of a site: what is left beside each of them when the backup goes
 * live, so that sync-agent changes nothing there until the return. {@link SessionGate} says how
 * that holds also for what is under way already. For one thread; the files are local.
 */
public final class CopyFence {
  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /** An agent that connects just then makes its gate once, and then sees the record. */
  private static final int GATES = 3;

  private final ImmutableList<Copy> copies;

  /** Where a copy is. */
  private record Copy(Path beside, String directory) {
    Path record() {
      return beside.resolve(PromotionFile.fileName(directory));
    }

    Path gate() {
      return beside.resolve(SessionGate.directoryName(directory));
    }

    Path heartbeat() {
      return beside.resolve(Heartbeat.fileName(directory));
    }

    Path root() {
      return beside.resolve(directory);
    }
  }

  /**
   * For the copies that have heartbeats.
   *
   * @param heartbeats absolute; one whose name is not as sync-agent names it has no fence
   */
  CopyFence(List<Path> heartbeats) {
    ImmutableList.Builder<Copy> found = ImmutableList.builder();
    for (Path file : heartbeats) {
      @Nullable Path beside = file.toAbsolutePath().getParent();
      if (beside != null) {
        Heartbeat.directory(String.valueOf(file.getFileName()))
            .ifPresent(name -> found.add(new Copy(beside, name)));
      }
    }
    this.copies = found.build();
  }

  /** For the copies whose heartbeats are configured. */
  public static CopyFence of(FailoverConfig config) {
    return new CopyFence(Lists.transform(config.heartbeats(), HeartbeatConfig::file));
  }

  /**
   * Says that the copies go live, and closes their gates. A promotion that stands already is taken
   * over by all: a switch that is tried again is one promotion.
   *
   * @param address where the records are pointed at
   * @param why in one line
   * @return what could not be fenced and why, a line each: the switch goes on all the same
   */
  public ImmutableList<String> promote(String address, String why, Instant now) {
    Promotion promotion = standing().orElseGet(() -> next(address, why, now));
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    for (Copy copy : copies) {
      try {
        promote(copy, promotion);
      } catch (IOException e) {
        problems.add(unfenced(copy, e));
      }
    }
    return problems.build();
  }

  private static void promote(Copy copy, Promotion promotion) throws IOException {
    if (!FileAccess.exists(copy.record())) {
      DurableFile.replaceForAll(copy.record(), PromotionFile.toBytes(promotion));
    }
    for (int i = 0; i < GATES && FileAccess.exists(copy.gate()); i++) {
      String name = SessionGate.closedName(copy.directory(), promotion) + (i == 0 ? "" : "-" + i);
      Files.move(copy.gate(), copy.beside().resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
    if (FileAccess.exists(copy.gate())) {
      throw new FileSystemException(copy.gate().toString(), null, "it is made again and again");
    }
    flush(copy.beside());
  }

  private static void flush(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private Promotion next(String address, String why, Instant now) {
    long generation = 0;
    for (Copy copy : copies) {
      try {
        generation =
            Math.max(
                generation,
                HeartbeatFile.read(copy.heartbeat())
                    .standing()
                    .map(Heartbeat.Standing::generation)
                    .orElse(0L));
      } catch (IOException _) {
        // Without it nothing is known of an earlier promotion.
      }
    }
    String id = ID.format(now) + "-" + Long.toHexString(ProcessHandle.current().pid());
    return new Promotion(
        id,
        generation + 1,
        now,
        address,
        Printable.cut(why.isEmpty() ? "not said" : why, Promotion.LONGEST_REASON));
  }

  /** Which commands give the right is for the operator's own layout: the directory is named. */
  private static String unfenced(Copy copy, IOException e) {
    return "the copy %s is not fenced, so that a production that comes back may overwrite it: %s; let this program's account write into %s"
        .formatted(copy.root(), reason(e), copy.beside());
  }

  private static String reason(IOException e) {
    return Printable.cut(
        e instanceof FileSystemException at && at.getReason() != null
            ? at.getReason()
            : e.getClass().getSimpleName() + ": " + e.getMessage(),
        200);
  }

  /**
   * The promotion that stands at any copy; empty if there is none. One that can't be read stands
   * too, as generation 0.
   */
  public Optional<Promotion> standing() {
    for (Copy copy : copies) {
      try {
        return Optional.of(PromotionFile.read(copy.record()));
      } catch (NoSuchFileException _) {
        // Then there is none at this one.
      } catch (IOException e) {
        return Optional.of(new Promotion("unreadable", 0, Instant.EPOCH, "?", reason(e)));
      }
    }
    return Optional.empty();
  }

  /**
   * A copy whose promotion stands.
   *
   * @param name of its directory
   * @param settled what became of the changes that were made there since; empty as long as nobody
   *     has said so
   */
  public record Standing(String name, Promotion promotion, Optional<ReturnRecord> settled) {
    /** One line, without the copy's name. */
    public String describe() {
      return "live since %s, generation %d; %s"
          .formatted(
              TimeText.of(promotion.at()),
              promotion.generation(),
              settled
                  .map(
                      record ->
                          "settled at %s by %s (new: %d, edited: %d, deleted: %d, conflicts: %d)"
                              .formatted(
                                  TimeText.of(record.at()),
                                  record.settledBy(),
                                  record.newFiles(),
                                  record.edited(),
                                  record.deleted(),
                                  record.conflicts()))
                  .orElse("what was changed there since is not settled yet"));
    }

    /** Whether nothing that was changed there would be lost. */
    public boolean isSettled() {
      return settled.isPresent();
    }
  }

  /** The copies whose promotion stands; none that can't be read is settled. */
  public ImmutableList<Standing> standings() {
    Optional<Promotion> promotion = standing();
    return promotion.isEmpty()
        ? ImmutableList.of()
        : copies.stream()
            .map(
                copy ->
                    new Standing(copy.directory(), promotion.get(), settled(copy, promotion.get())))
            .collect(toImmutableList());
  }

  private static Optional<ReturnRecord> settled(Copy copy, Promotion promotion) {
    try {
      return Optional.of(
              ReturnRecordFile.read(
                  copy.beside().resolve(ReturnRecordFile.fileName(copy.directory()))))
          .filter(record -> record.promotionId().equals(promotion.id()));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /**
   * Why the records must not go back yet: what was changed at the backup would be overwritten;
   * empty if nothing is in the way.
   */
  public String unreturned() {
    ImmutableList<Standing> standings = standings();
    String open =
        standings.stream()
            .filter(copy -> !copy.isSettled())
            .map(Standing::name)
            .collect(Collectors.joining(", "));
    return open.isEmpty()
        ? ""
        : "what was changed at the backup since it went live at %s is not settled yet (%s): on production, run 'sync-agent pull NAME --since-promotion'"
            .formatted(TimeText.of(standings.getFirst().promotion().at()), open);
  }

  /**
   * Lets sync-agent change the copies again.
   *
   * @return what could not be lifted and why, a line each
   */
  public ImmutableList<String> lift() {
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    for (Copy copy : copies) {
      try {
        Files.deleteIfExists(copy.record());
        flush(copy.beside());
        forgetGates(copy);
      } catch (IOException e) {
        problems.add(
            "%s can't be removed, so sync-agent still changes nothing there: %s; remove it by hand"
                .formatted(copy.record(), reason(e)));
      }
    }
    return problems.build();
  }

  /** What is left of closed gates is nobody's; symlinks in a directory of the agent's account. */
  private static void forgetGates(Copy copy) {
    List<Path> closed = new ArrayList<>();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(
            copy.beside(), SessionGate.directoryName(copy.directory()) + ".closed-*")) {
      found.forEach(closed::add);
      for (Path gate : closed) {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(gate)) {
          for (Path link : links) {
            Files.deleteIfExists(link);
          }
        }
        Files.deleteIfExists(gate);
      }
    } catch (IOException _) {
      // They do no harm.
    }
  }

  /**
   * Whether all copies could be fenced, found out by making and removing a file beside each.
   *
   * @return what could not be and why, a line each
   */
  public ImmutableList<String> check() {
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    for (Copy copy : copies) {
      try {
        Path probe = copy.beside().resolve(".relais-" + copy.directory() + ".promotion.probe");
        DurableFile.replaceUnflushed(probe, new byte[0]);
        Files.delete(probe);
      } catch (IOException e) {
        problems.add(unfenced(copy, e));
      }
    }
    return problems.build();
  }
}
