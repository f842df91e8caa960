package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.common.toml.ConfigException;
import io.relais.failover.alerts.DeadMansSwitch;
import io.relais.failover.change.JournalState;
import io.relais.failover.change.PendingChange;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.diagnose.Doctor;
import io.relais.failover.diagnose.StateChecks;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.Notifier;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.DrillZone;
import io.relais.failover.wiring.FileErrorText;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.StatusView;
import io.relais.failover.wiring.TestNotifier;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What {@code doctor} looks at. A part that can't even be made is a line like the others. */
final class DoctorRun {
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
    }
    Doctor doctor =
        new Doctor(
            new Doctor.Looker(tools.prober(), tools.http(), failover.map(tools::addresses)),
            new Doctor.Zone(provider, failover.map(part -> tools.authority(part.dns())), isBackup),
            world.clock(),
            dryRun || changing);
    checks.addAll(doctor.examine(config));
    channels(notify);
    if (config.deadman().isPresent()) {
      deadman(config.deadman().get(), notify);
    }
    return ImmutableList.copyOf(checks);
  }

  private void state(boolean dryRun) throws IOException {
    Path directory = config.stateDirectory();
    StateChecks doctor = new StateChecks(directory);
    if (Files.isDirectory(directory) && !StateDirectoryOwner.isUs(directory)) {
      checks.add(
          Check.warning(
              "state directory",
              "%s belongs to %s; run this as that user to know what the service may do"
                  .formatted(directory, Files.getOwner(directory).getName())));
    } else {
      checks.add(doctor.directory(dryRun));
    }
    checks.add(doctor.state(config.program()));
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
              "one on %s did not come to its end; run: %s drill --name %s"
                  .formatted(name, config.program(), name)));
    }
  }

  private void channels(boolean notify) throws IOException, InterruptedException {
    if (config.notices().channels().isEmpty()) {
      checks.add(Check.warning("notifications", "nobody is told: add a [[notify.…]] channel"));
    } else if (notify) {
      TestNotifier.send(config, tools.http(), world.clock())
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
