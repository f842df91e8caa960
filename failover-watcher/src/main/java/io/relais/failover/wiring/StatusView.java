package io.relais.failover.wiring;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.JournalState;
import io.relais.failover.change.PendingChange;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.change.RecordLocator;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.RrSet;
import io.relais.failover.net.IpFamily;
import io.relais.failover.promotion.CopyFence;
import io.relais.failover.selfcheck.SelfCheckFile;
import io.relais.failover.selfcheck.SelfCheckState;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * All that {@code status} shows.
 *
 * @param lastRound how things stood at its end
 * @param dns what DNS says now; empty if it was not asked
 * @param journal what is known of changes; empty where things are only watched, or nothing was ever
 *     changed
 * @param selfCheck what it found last; empty if it never ran, or is off
 * @param copies those that are live, and so fenced
 */
public record StatusView(
    StatusReport lastRound,
    Optional<Dns> dns,
    Optional<Changes> journal,
    Optional<SelfCheckState> selfCheck,
    ImmutableList<CopyFence.Standing> copies) {
  /**
   * What the authoritative servers say.
   *
   * @param where a word, as {@code production}
   * @param detail each record
   * @param should where it should be; empty if an operator decides
   * @param asItShouldBe whether it is there
   */
  public record Dns(String where, String detail, Optional<String> should, boolean asItShouldBe) {
    /** Whether anybody said where the records point. */
    public boolean isKnown() {
      return !where.equals(word(RecordPlace.UNKNOWN));
    }
  }

  /**
   * The journal.
   *
   * @param underWay the change that is; empty if none is
   * @param restores the records as a fail-back puts them back; none while at production
   */
  public record Changes(Optional<UnderWay> underWay, ImmutableList<String> restores) {}

  /**
   * A change that has not come to its end.
   *
   * @param kind as {@code fail-back}
   * @param progress {@code intended}, {@code applied} or {@code published}
   * @param accepted when the provider accepted its publication last
   */
  public record UnderWay(
      String kind, boolean undoing, Instant since, String progress, Optional<Instant> accepted) {}

  /** Of a journal and of what was seen last; asks DNS where there is an authority to ask. */
  public static StatusView of(
      StatusReport report, WatcherConfig config, Optional<Authority> authority)
      throws IOException, InterruptedException {
    if (config.failover().isEmpty() || report.failover().isEmpty()) {
      return new StatusView(
          report, Optional.empty(), Optional.empty(), Optional.empty(), ImmutableList.of());
    }
    Optional<JournalState> journal =
        RecordChanger.read(config.stateDirectory().resolve("journal.json"));
    Optional<Dns> dns =
        authority.isPresent()
            ? Optional.of(
                ask(
                    authority.get(),
                    config.failover().get(),
                    report.failover().get(),
                    journal.orElse(JournalState.EMPTY)))
            : Optional.empty();
    Optional<SelfCheckState> selfCheck =
        config.failover().get().dns().selfCheck().isPresent()
            ? new SelfCheckFile(config.stateDirectory()).read()
            : Optional.empty();
    return new StatusView(
        report,
        dns,
        journal.map(StatusView::changes),
        selfCheck,
        CopyFence.of(config.failover().get()).standings());
  }

  /** The same where the configuration can't be read: DNS is not asked. */
  public static StatusView of(StatusReport report, Path stateDirectory) throws IOException {
    Optional<JournalState> journal =
        report.failover().isEmpty()
            ? Optional.empty()
            : RecordChanger.read(stateDirectory.resolve("journal.json"));
    return new StatusView(
        report,
        Optional.empty(),
        journal.map(StatusView::changes),
        new SelfCheckFile(stateDirectory).read(),
        ImmutableList.of());
  }

  private static Dns ask(
      Authority authority, FailoverConfig part, StatusReport.Failover site, JournalState journal)
      throws InterruptedException {
    RecordLocation location = location(authority, part, site.backupAddress(), journal);
    Optional<RecordPlace> should = should(StatusReports.phase(site.phase()));
    return new Dns(
        word(location.place()),
        location.detail(),
        should.map(StatusView::word),
        should.filter(location.place()::equals).isPresent());
  }

  /** Which addresses the backup has or had, as far as the state knows. */
  public static Predicate<String> knownOfBackup(Path state) throws IOException {
    JournalState journal =
        RecordChanger.read(state.resolve("journal.json")).orElse(JournalState.EMPTY);
    ImmutableSet<String> now =
        new StatusFile(state)
            .read()
            .flatMap(StatusReport::failover)
            .flatMap(StatusReport.Failover::backupAddress)
            .map(text -> ImmutableSet.copyOf(Splitter.on(", ").split(text)))
            .orElse(ImmutableSet.of());
    return address -> now.contains(address) || journal.knows(address);
  }

  /**
   * Where the records point, by the word of the authoritative servers; unknown where they answer
   * with addresses that may be Cloudflare's own, which only its API tells from somebody else's.
   */
  public static RecordLocation location(
      Authority authority, FailoverConfig part, Optional<String> backup, JournalState journal)
      throws InterruptedException {
    RecordLocation said =
        new RecordLocator(Clients.changes(part), authority)
            .locate(journal, backup.flatMap(StatusView::addresses));
    return said.place() == RecordPlace.FOREIGN
            && part.dns().provider() instanceof DnsConfig.Cloudflare
        ? new RecordLocation(
            RecordPlace.UNKNOWN,
            said.detail()
                + "; where a record is proxied, Cloudflare's servers answer with its own addresses,"
                + " and only its API tells where it points (doctor asks it)")
        : said;
  }

  private static Optional<RecordPlace> should(Phase phase) {
    return switch (phase) {
      case UP, SUSPECT, DOWN, BLIND, FAILING_BACK -> Optional.of(RecordPlace.PRODUCTION);
      case SWITCHING, ON_BACKUP, RECOVERING -> Optional.of(RecordPlace.BACKUP);
      case HALTED -> Optional.empty();
    };
  }

  /** As {@link BackupAddresses#toString} writes them. */
  private static Optional<BackupAddresses> addresses(String text) {
    List<InetAddress> all =
        Splitter.on(", ")
            .splitToStream(text)
            .filter(InetAddresses::isInetAddress)
            .<InetAddress>map(InetAddresses::forString)
            .toList();
    return all.isEmpty()
        ? Optional.empty()
        : Optional.of(BackupAddresses.of(family -> first(all, family)));
  }

  private static Optional<InetAddress> first(List<InetAddress> all, IpFamily family) {
    return all.stream().filter(address -> IpFamily.of(address) == family).findFirst();
  }

  private static Changes changes(JournalState journal) {
    return new Changes(
        journal.underWay().map(StatusView::underWay),
        journal.original().values().stream()
            .filter(set -> !set.isEmpty())
            .map(RrSet::toString)
            .collect(ImmutableList.toImmutableList()));
  }

  private static UnderWay underWay(PendingChange pending) {
    return new UnderWay(
        word(pending.kind()),
        pending.undoing(),
        pending.since(),
        switch (pending.progress()) {
          case Progress.Intended _ -> "intended";
          case Progress.Applied _ -> "applied";
          case Progress.Published _ -> "published";
        },
        pending.progress() instanceof Progress.Published published
            ? Optional.of(published.last())
            : Optional.empty());
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
