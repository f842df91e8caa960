package io.relais.failover.wiring;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.common.StateLock;
import io.relais.failover.change.ChangeSettings;
import io.relais.failover.change.JournalState;
import io.relais.failover.change.PendingChange;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A name that is there for drills, with a journal of its own in {@code drill}: it is there only
 * until the name is back where it was. One at a time.
 */
public final class DrillZone implements AutoCloseable {
  private static final String END = ".json";

  private final StateLock lock;
  private final Path journal;
  private final RecordChanger changer;

  private DrillZone(StateLock lock, Path journal, RecordChanger changer) {
    this.lock = lock;
    this.journal = journal;
    this.changer = changer;
  }

  /**
   * Opens it.
   *
   * @param name checked: in lower case, without the dot at the end
   * @return empty if another drill is running
   * @throws UsageException if the name has no address to go back to
   * @throws IOException if the journal can't be used
   */
  public static Optional<DrillZone> open(
      Path stateDirectory, WatcherModule.Switching parts, String name, InstantSource clock)
      throws IOException, UsageException, InterruptedException {
    Path directory = stateDirectory.resolve("drill");
    Optional<StateLock> lock = StateLock.tryTake(directory);
    if (lock.isEmpty()) {
      return Optional.empty();
    }
    try {
      Path journal = directory.resolve(name + END);
      RecordChanger changer =
          new RecordChanger(
              journal, settings(journal, parts, name), parts.provider(), parts.authority(), clock);
      return Optional.of(new DrillZone(lock.get(), journal, changer));
    } catch (IOException | UsageException | InterruptedException | RuntimeException e) {
      lock.get().close();
      throw e;
    }
  }

  /**
   * For looking only at what a drill would do.
   *
   * @throws UsageException if the name has no address to go back to
   * @throws IOException if there is a journal that can't be read
   */
  public static RecordChanger lookingOnly(
      Path stateDirectory, WatcherModule.Switching parts, String name, InstantSource clock)
      throws IOException, UsageException, InterruptedException {
    Path journal = stateDirectory.resolve("drill").resolve(name + END);
    return new RecordChanger(
        journal, settings(journal, parts, name), parts.provider(), parts.authority(), clock);
  }

  private static ChangeSettings settings(Path journal, WatcherModule.Switching parts, String name)
      throws IOException, UsageException, InterruptedException {
    DnsConfig dns = parts.config().dns();
    return new ChangeSettings(
        ImmutableList.of(name), home(journal, parts, name), dns.ttl(), dns.publishAgainAfter());
  }

  /** Names whose drill was not completed. */
  public static ImmutableList<String> unfinished(Path stateDirectory) throws IOException {
    Path directory = stateDirectory.resolve("drill");
    if (!Files.isDirectory(directory)) {
      return ImmutableList.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(END))
          .map(file -> file.substring(0, file.length() - END.length()))
          .sorted()
          .collect(toImmutableList());
    }
  }

  public RecordChanger changer() {
    return changer;
  }

  /** What an earlier drill found, if it was cut off: what the name points at now is the backup. */
  private static ImmutableSet<InetAddress> home(
      Path journal, WatcherModule.Switching parts, String name)
      throws IOException, UsageException, InterruptedException {
    ImmutableSet<InetAddress> before =
        RecordChanger.read(journal).map(DrillZone::found).orElse(ImmutableSet.of());
    return before.isEmpty() ? held(parts, name) : before;
  }

  private static ImmutableSet<InetAddress> found(JournalState journal) {
    ImmutableCollection<RrSet> sets =
        journal.original().isEmpty()
            ? journal
                .underWay()
                .map(PendingChange::back)
                .<ImmutableCollection<RrSet>>map(back -> back.values())
                .orElse(ImmutableList.of())
            : journal.original().values();
    return addresses(sets.stream());
  }

  private static ImmutableSet<InetAddress> held(WatcherModule.Switching parts, String name)
      throws UsageException, InterruptedException {
    ImmutableSet<RecordKey> keys =
        ImmutableSet.of(new RecordKey(name, RecordType.A), new RecordKey(name, RecordType.AAAA));
    try {
      ImmutableSet<InetAddress> found =
          addresses(parts.provider().read(parts.authority().zoneOf(name), keys).stream());
      if (found.isEmpty()) {
        throw new UsageException(
            name + " has no address; make an A record of that name that points at production");
      }
      return found;
    } catch (DnsLookupException | DnsProviderException e) {
      throw new UsageException(name + ": " + e.getMessage());
    }
  }

  private static ImmutableSet<InetAddress> addresses(Stream<RrSet> sets) {
    return sets.flatMap(set -> set.values().stream())
        .<InetAddress>map(InetAddresses::forString)
        .collect(toImmutableSet());
  }

  /** Forgets the journal if the name is back where it was, and lets the next drill go. */
  @Override
  public void close() throws IOException {
    try {
      if (changer.underWay().isEmpty() && !changer.switched()) {
        Files.deleteIfExists(journal);
      }
    } finally {
      lock.close();
    }
  }
}
