package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.DurableFile;
import io.relais.common.DurationFormat;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.TimeText;
import io.relais.common.toml.ConfigException;
import io.relais.failover.address.StableAddress;
import io.relais.failover.alerts.DeadMansSwitch;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.change.JournalState;
import io.relais.failover.change.PendingChange;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.decide.WatchState;
import io.relais.failover.diagnose.Preflight;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.Notifier;
import io.relais.failover.observe.WatchOnlyChecks;
import io.relais.failover.promotion.CopyFence;
import io.relais.failover.selfcheck.ZoneCheck;
import io.relais.failover.state.FileProblem;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StateFile;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.DrillZone;
import io.relais.failover.wiring.FileErrorText;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.StatusView;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tries everything that the configuration names, and says of each whether it works. A part that
 * can't even be made is a line like the others. For one thread, next to a run too.
 */
final class DoctorRun {
  private static final String STATE_DIRECTORY = "state directory";
  private static final Duration LONG_TTL = Duration.ofMinutes(10);

  private final WatcherConfig config;
  private final World world;
  private final Clients tools;
  private final List<Check> checks = new ArrayList<>();

  /** Empty where it is told already that a record is nobody's, or records are being changed. */
  private Optional<Predicate<String>> isBackup = Optional.empty();

  DoctorRun(WatcherConfig config, World world, Clients tools) {
    this.config = config;
    this.world = world;
    this.tools = tools;
  }

  /**
   * Looks at everything.
   *
   * @param dryRun nothing is sent that could change anything
   * @param notify whether a test goes through each channel
   */
  ImmutableList<Check> all(boolean dryRun, boolean notify)
      throws IOException, InterruptedException {
    state(dryRun);
    Optional<FailoverConfig> failover = config.failover();
    Optional<DnsProvider> provider = failover.flatMap(this::provider);
    boolean changing = failover.isPresent() && journal(failover.get());
    if (failover.isPresent()) {
      unfinishedDrills();
      preflight(failover.get());
      fence(failover.get(), dryRun);
      zones(failover.get(), provider, dryRun || changing);
    }
    watches();
    channels(notify);
    if (config.deadman().isPresent()) {
      deadman(config.deadman().get(), notify);
    }
    return ImmutableList.copyOf(checks);
  }

  private void state(boolean dryRun) throws IOException {
    Path directory = config.stateDirectory();
    if (Files.isDirectory(directory) && !StateDirectoryOwner.isUs(directory)) {
      checks.add(
          Check.warning(
              STATE_DIRECTORY,
              "%s belongs to %s; run this as that user to know what the service may do"
                  .formatted(directory, Files.getOwner(directory).getName())));
    } else {
      checks.add(usable(directory, dryRun));
    }
    checks.add(lastRun(directory, config.program()));
  }

  /**
   * Whether it can be used; unless {@code dryRun}, by writing a small file, flushed to the disk.
   */
  private static Check usable(Path directory, boolean dryRun) {
    if (!FileAccess.exists(directory)) {
      return missing(directory);
    }
    if (!Files.isDirectory(directory)) {
      return Check.failed(STATE_DIRECTORY, directory + " is not a directory; correct 'state_dir'");
    }
    try {
      FileRights.ofThisProcess().requireOwnDirectory(directory);
    } catch (IOException e) {
      return Check.failed(STATE_DIRECTORY, FileProblem.describe(e));
    }
    if (!Files.isWritable(directory)) {
      return Check.failed(STATE_DIRECTORY, directory + " can't be written; fix its permissions");
    }
    return dryRun ? Check.ok(STATE_DIRECTORY, directory.toString()) : written(directory);
  }

  private static Check missing(Path directory) {
    @Nullable Path there = directory.toAbsolutePath().getParent();
    while (there != null && !FileAccess.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isDirectory(there)) {
      return Check.failed(
          STATE_DIRECTORY,
          "%s can't be made: %s is not a directory; correct 'state_dir'"
              .formatted(directory, there));
    }
    return Files.isWritable(there)
        ? Check.ok(STATE_DIRECTORY, directory + " is made by the first run")
        : Check.failed(
            STATE_DIRECTORY,
            "%s can't be made: %s can't be written; make it, for the user of the service"
                .formatted(directory, there));
  }

  private static Check written(Path directory) {
    Path trial = directory.resolve("doctor.trial");
    try {
      DurableFile.replace(trial, new byte[4096]);
      Files.deleteIfExists(trial);
      return Check.ok(STATE_DIRECTORY, directory + ", a file was written there");
    } catch (IOException e) {
      return Check.failed(
          STATE_DIRECTORY,
          "no file can be written to %s (%s); make room, or fix who may write there"
              .formatted(directory, FileProblem.describe(e)));
    }
  }

  /** What the last run left: a halt, or a state that the next one refuses. */
  private static Check lastRun(Path directory, String program) {
    String name = "state";
    try {
      Optional<WatchState> state = new StateFile(directory).read().map(PersistentState::watch);
      if (state.filter(known -> known.phase() == Phase.HALTED).isPresent()) {
        return Check.failed(
            name,
            "halted: %s; when it is fixed: %s resume".formatted(state.get().reason(), program));
      }
      return Check.ok(
          name, state.map(known -> StatusReports.word(known.phase())).orElse("it has not run yet"));
    } catch (IOException e) {
      return Check.failed(name, FileProblem.describe(e));
    }
  }

  private Optional<DnsProvider> provider(FailoverConfig part) {
    try {
      DnsProvider provider = tools.provider(part.dns());
      checks.add(Check.ok("credentials", "found, for " + provider.describe()));
      return Optional.of(provider);
    } catch (ConfigException e) {
      String login =
          part.dns().provider() instanceof DnsConfig.Ovh
              ? "; to make a key with the rights that a switch needs, run: %s ovh-login"
                  .formatted(config.program())
              : "";
      checks.add(Check.failed("credentials", oneLine(e) + login));
      return Optional.empty();
    }
  }

  private static String oneLine(Exception e) {
    return String.join("; ", String.valueOf(e.getMessage()).lines().toList());
  }

  /** Whether a change is under way, which must not be disturbed by trying rights. */
  private boolean journal(FailoverConfig part) throws InterruptedException {
    String name = "journal";
    try {
      Optional<JournalState> found =
          RecordChanger.read(config.stateDirectory().resolve("journal.json"));
      Optional<PendingChange> underWay = found.flatMap(JournalState::underWay);
      checks.add(
          Check.ok(
              name,
              underWay
                  .map(
                      change ->
                          "a change is under way since %s, so no update is tried"
                              .formatted(TimeText.of(change.since())))
                  .orElse("no change is under way")));
      if (underWay.isEmpty()) {
        checks.add(records(part, found.orElse(JournalState.EMPTY)));
      }
      return underWay.isPresent();
    } catch (IOException e) {
      checks.add(Check.failed(name, FileErrorText.describe(e)));
      return true;
    }
  }

  /** What the first round would make of them. */
  private Check records(FailoverConfig part, JournalState journal)
      throws IOException, InterruptedException {
    Optional<String> backup =
        new StatusFile(config.stateDirectory())
            .read()
            .flatMap(StatusReport::failover)
            .flatMap(StatusReport.Failover::backupAddress);
    RecordLocation location =
        StatusView.location(tools.authority(part.dns()), part, backup, journal);
    String name = "where the records point";
    if (location.place() != RecordPlace.FOREIGN) {
      isBackup = Optional.of(StatusView.knownOfBackup(config.stateDirectory()));
    }
    return switch (location.place()) {
      case PRODUCTION -> Check.ok(name, "production: " + location.detail());
      case BACKUP -> Check.ok(name, "the backup: " + location.detail());
      case OLD_BACKUP, MIXED, UNKNOWN -> Check.warning(name, location.detail());
      case FOREIGN -> Check.failed(name, location.text() + "; as it is, the watcher halts");
    };
  }

  private void unfinishedDrills() throws IOException {
    for (String name : DrillZone.unfinished(config.stateDirectory())) {
      checks.add(
          Check.warning(
              "drill",
              "one on %s was not completed; run: %s drill --name %s"
                  .formatted(name, config.program(), name)));
    }
  }

  private void preflight(FailoverConfig part) throws InterruptedException {
    Preflight preflight =
        new Preflight(part, tools.prober(), tools.http(), tools.addresses(part), world.clock());
    checks.addAll(preflight.production().checks());
    checks.addAll(preflight.vantages().checks());
    checks.addAll(preflight.backup().checks());
    checks.addAll(preflight.allCanaries());
    checks.addAll(preflight.heartbeats().checks());
    Preflight.BackupAddress backup = preflight.backupAddress();
    checks.addAll(backup.question().checks());
    checks.addAll(preflight.outside(backup.addresses()).checks());
  }

  /** Whether a switch could keep sync-agent from changing the copies. */
  private void fence(FailoverConfig part, boolean dryRun) {
    CopyFence fence = CopyFence.of(part);
    for (CopyFence.Standing copy : fence.standings()) {
      checks.add(Check.warning("copy " + copy.name(), copy.describe()));
    }
    if (!dryRun && !part.heartbeats().isEmpty()) {
      ImmutableList<String> problems = fence.check();
      problems.forEach(problem -> checks.add(Check.warning("fence", problem)));
      if (problems.isEmpty()) {
        checks.add(Check.ok("fence", "it can be put up around each copy"));
      }
    }
  }

  private void zones(FailoverConfig part, Optional<DnsProvider> provider, boolean questionsOnly)
      throws InterruptedException {
    Authority authority = tools.authority(part.dns());
    ZoneCheck check = new ZoneCheck(part, authority);
    ZoneCheck.Zones zones = check.zones();
    checks.addAll(zones.troubles());
    for (Map.Entry<String, ImmutableSet<RecordKey>> entry : zones.byName().entrySet()) {
      if (provider.isPresent()) {
        ImmutableList<Check> said =
            provider.get().check(entry.getKey(), entry.getValue(), questionsOnly);
        checks.addAll(said);
        if (isBackup.isPresent() && ZoneCheck.wentThrough(said)) {
          checks.add(
              check.owners(entry.getKey(), entry.getValue(), provider.get(), isBackup.get()));
        }
      }
      nameServers(authority, entry.getKey(), ZoneCheck.ofBothTypes(entry.getValue()));
    }
  }

  private void nameServers(Authority authority, String name, ImmutableSet<RecordKey> keys)
      throws InterruptedException {
    try {
      ImmutableList<Authority.ServerAnswer> answers = authority.ask(name, keys);
      boolean heard = answers.stream().anyMatch(serverAnswer -> serverAnswer.failure().isEmpty());
      answers.forEach(serverAnswer -> checks.add(of(name, serverAnswer, heard)));
    } catch (DnsLookupException e) {
      checks.add(Check.failed("name servers of " + name, String.valueOf(e.getMessage())));
    }
  }

  private static Check of(String zone, Authority.ServerAnswer serverAnswer, boolean others) {
    String name = "name server " + serverAnswer.server() + " (" + serverAnswer.transport() + ")";
    if (serverAnswer.failure().isPresent()) {
      return others
          ? Check.warning(
              name,
              serverAnswer.failure().get() + "; a switch is verified at the others of " + zone)
          : Check.failed(
              name,
              serverAnswer.failure().get()
                  + "; no server of "
                  + zone
                  + " gives an answer that counts, so a switch could not be verified");
    }
    String said =
        serverAnswer.sets().values().stream()
            .filter(set -> !set.isEmpty())
            .map(RrSet::toString)
            .collect(Collectors.joining("; "));
    if (said.isEmpty()) {
      return Check.ok(name, "answers, and has no such record");
    }
    boolean slow =
        serverAnswer.sets().values().stream().anyMatch(set -> set.ttl().compareTo(LONG_TTL) > 0);
    return slow
        ? Check.warning(
            name, said + ": visitors keep the old address for so long; set the ttl to 60 now")
        : Check.ok(name, said);
  }

  private void watches() throws InterruptedException {
    Instant now = world.clock().instant();
    for (WatchConfig watch : config.watches()) {
      new WatchOnlyChecks(ImmutableList.of(watch), tools.prober(), _ -> {})
          .look(PersistentState.initial(now, StableAddress.unknown(1)), now)
          .forEach(
              reading ->
                  checks.addAll(Preflight.checks("watch " + watch.name(), reading.results())));
    }
  }

  private void channels(boolean notify) throws IOException, InterruptedException {
    if (config.notices().channels().isEmpty()) {
      checks.add(Check.warning("notifications", "nobody is told: add a [[notify.…]] channel"));
    } else if (notify) {
      NotifyTestCommand.sendTest(config, tools.http(), world.clock())
          .forEach(delivery -> checks.add(of(delivery)));
    } else {
      config.notices().channels().forEach(channel -> checks.add(settings(channel)));
    }
  }

  private void deadman(WatcherConfig.Deadman deadman, boolean ping) throws InterruptedException {
    String name = "dead man's switch";
    if (!ping) {
      checks.add(Check.ok(name, "not pinged; --notify does"));
      return;
    }
    Optional<String> failure = DeadMansSwitch.ask(deadman, tools.http());
    checks.add(
        failure
            .map(why -> Check.failed(name, why + "; correct its URL below [deadman]"))
            .orElseGet(() -> Check.ok(name, "pinged")));
  }

  private static Check of(Notifier.Delivery delivery) {
    String name = "notify " + delivery.channel();
    return delivery
        .failure()
        .map(why -> Check.failed(name, why))
        .orElseGet(() -> Check.ok(name, "sent, in " + DurationFormat.of(delivery.took())));
  }

  private static Check settings(ChannelSettings channel) {
    String name = "notify " + channel.name();
    try {
      Notifier.check(channel);
      return Check.ok(name, "its settings can work; --notify sends a test");
    } catch (IllegalArgumentException e) {
      return Check.failed(name, String.valueOf(e.getMessage()));
    }
  }
}
