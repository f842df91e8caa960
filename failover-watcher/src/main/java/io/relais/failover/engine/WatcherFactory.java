package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import io.relais.failover.address.StableAddress;
import io.relais.failover.alerts.BackupReadinessNotices;
import io.relais.failover.alerts.CertificateExpiryNotices;
import io.relais.failover.alerts.DeadMansSwitch;
import io.relais.failover.alerts.NoticeOutbox;
import io.relais.failover.alerts.StateChangeNotices;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.config.CertificateConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Decider;
import io.relais.failover.notify.Notice;
import io.relais.failover.observe.AddressTracker;
import io.relais.failover.observe.BackupCheck;
import io.relais.failover.observe.CanaryCheck;
import io.relais.failover.observe.CertificateReload;
import io.relais.failover.observe.ContextChecks;
import io.relais.failover.observe.CopyCertificate;
import io.relais.failover.observe.HeartbeatCheck;
import io.relais.failover.observe.Observer;
import io.relais.failover.observe.OutsideCheck;
import io.relais.failover.observe.Ports;
import io.relais.failover.observe.Ports.ZonePorts;
import io.relais.failover.observe.ProductionCheck;
import io.relais.failover.observe.RecordTracker;
import io.relais.failover.observe.VantageCheck;
import io.relais.failover.observe.WatchOnlyChecks;
import io.relais.failover.promotion.CopyFence;
import io.relais.failover.selfcheck.SelfCheck;
import io.relais.failover.selfcheck.SelfCheckFile;
import io.relais.failover.state.HistoryFile;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StateFile;
import io.relais.failover.state.StateKeeper;
import io.relais.failover.state.StateWriteFailure;
import io.relais.failover.state.StatusFile;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Puts a {@link Watcher} together. */
public final class WatcherFactory {
  private final WatcherConfig config;
  private final Ports ports;
  private final InstantSource clock;
  private final Mode mode;
  private final ImmutableList<Duration> further;

  /** Whether it acts. */
  public enum Mode {
    REAL,
    /** Looks and decides; changes, tells and remembers nothing. */
    DRY_RUN
  }

  public WatcherFactory(WatcherConfig config, Ports ports, InstantSource clock, Mode mode) {
    this(config, ports, clock, mode, ProductionCheck.FURTHER);
  }

  /**
   * Makes one.
   *
   * @param further how long after the first look at production the further ones begin
   */
  WatcherFactory(
      WatcherConfig config,
      Ports ports,
      InstantSource clock,
      Mode mode,
      ImmutableList<Duration> further) {
    this.further = further;
    this.config = config;
    this.ports = ports;
    this.clock = clock;
    this.mode = mode;
  }

  /**
   * Reads the memory, and builds. The caller holds the lock.
   *
   * @throws IOException if the state can't be read or is damaged (the message says what to do)
   */
  public Watcher create() throws IOException {
    StateFile state = new StateFile(config.stateDirectory());
    Instant now = clock.instant();
    int rounds = config.failover().map(part -> part.backup().stableRounds()).orElse(1);
    PersistentState persistentState =
        state
            .read()
            .map(read -> read.withRounds(rounds))
            .orElseGet(() -> PersistentState.initial(now, StableAddress.unknown(rounds)));
    boolean real = mode == Mode.REAL;
    Consumer<Notice> direct = real ? ports.notices() : once(ports.notices());
    NoticeOutbox notices = new NoticeOutbox(persistentState.unsent(), direct);
    Optional<HistoryFile> history =
        real ? Optional.of(new HistoryFile(config.stateDirectory())) : Optional.empty();
    Watcher.Records records =
        new Watcher.Records(
            keeper(state, direct),
            real ? Optional.of(new StatusFile(config.stateDirectory())) : Optional.empty(),
            history);
    Watcher.Tellers tellers =
        new Watcher.Tellers(
            new CertificateExpiryNotices(
                result -> config.failover().flatMap(part -> backupCheck(part).advice(result)),
                notices),
            new DeadMansSwitch(real ? config.deadman() : Optional.empty(), ports.http()),
            notices);
    return new Watcher(
        config
            .failover()
            .map(
                part ->
                    failover(
                        part,
                        new Context(records.state(), notices, history, persistentState, now))),
        new WatchOnlyChecks(config.watches(), ports.prober(), notices),
        tellers,
        records,
        new Watcher.Start(clock, persistentState));
  }

  private StateKeeper keeper(StateFile state, Consumer<Notice> notices) {
    boolean real = mode == Mode.REAL;
    return new StateKeeper(
        real ? state::write : _ -> {},
        who(),
        real ? Optional.of(new StateWriteFailure(config.stateDirectory())) : Optional.empty(),
        config.notices().repeatAfter(),
        notices);
  }

  /** What all parts are made with. */
  private record Context(
      StateKeeper keeper,
      Consumer<Notice> notices,
      Optional<HistoryFile> history,
      PersistentState memory,
      Instant now) {}

  private String who() {
    return config.failover().map(part -> part.site().name()).orElse("failover-watcher");
  }

  /** Rehearsed, nothing keeps the same from being told in each round. */
  private static Consumer<Notice> once(Consumer<Notice> out) {
    Set<String> told = new HashSet<>();
    return notice -> {
      if (told.add(notice.kind() + " " + notice.key())) {
        out.accept(notice);
      }
    };
  }

  private Watcher.Failover failover(FailoverConfig part, Context context) {
    ZonePorts zonePorts = ports.zone().orElseThrow();
    RecordTracker zone = new RecordTracker(zonePorts.changer(), part.dns().interval());
    AddressTracker addresses =
        new AddressTracker(
            zonePorts.addresses(),
            part.backup().address().families(),
            part.site().production(),
            part.backup().interval());
    CopyFence fence = CopyFence.of(part);
    ContextChecks around = surroundings(part, addresses, fence);
    Observer observer =
        new Observer(
            new ProductionCheck(part.site(), ports.prober(), further),
            around,
            zone,
            new CertificateReload(
                // A rehearsal changes nothing.
                mode == Mode.REAL ? part.backup().certificate() : CertificateConfig.NONE,
                around.backup()));
    FailoverRound round =
        new FailoverRound(
            observer,
            new Decider(part.policy()),
            actor(zonePorts.changer(), fence, context),
            zone,
            context.keeper());
    return new Watcher.Failover(
        part.site().name(),
        round,
        new StateChangeNotices(
            part,
            config.program(),
            config.notices().repeatAfter(),
            context.keeper(),
            context.notices()),
        new BackupReadinessNotices(
            part.site().name(), around.backup(), addresses, context.notices()),
        zonePorts
            .dyndns()
            .filter(_ -> mode == Mode.REAL)
            .map(dyndns -> new DynDnsRound(dyndns, addresses)),
        zonePorts
            .selfCheck()
            .filter(_ -> mode == Mode.REAL)
            .flatMap(look -> part.dns().selfCheck().map(time -> selfCheck(look, time, context))));
  }

  private SelfCheck selfCheck(Ports.SelfCheckLook look, Duration interval, Context context) {
    return new SelfCheck(
        new SelfCheck.Settings(who(), config.program(), interval),
        look,
        new SelfCheckFile(config.stateDirectory()),
        new SelfCheck.Tellers(
            context.notices(), entry -> context.history().ifPresent(file -> file.add(entry))),
        clock);
  }

  private ContextChecks surroundings(
      FailoverConfig part, AddressTracker addresses, CopyFence fence) {
    return new ContextChecks(
        new CanaryCheck(part.canaries(), part.canariesNeeded(), ports.prober()),
        new VantageCheck(part.vantages(), ports.http()),
        backupCheck(part),
        new OutsideCheck(part.backup().vantages(), ports.http()),
        new HeartbeatCheck(part.heartbeats()),
        fence,
        addresses);
  }

  private BackupCheck backupCheck(FailoverConfig part) {
    return new BackupCheck(
        part.backup(),
        part.site().probes(),
        part.site().require(),
        ports.prober(),
        new CopyCertificate(part.backup().certificate().file(), clock));
  }

  private ZoneActions actor(RecordChanger changer, CopyFence fence, Context context) {
    ZoneActions real =
        new RealZoneActions(changer, fence, context.memory().notBefore(), context.now());
    return mode == Mode.REAL ? real : new DryRunZoneActions(real, changer::describePreview);
  }
}
