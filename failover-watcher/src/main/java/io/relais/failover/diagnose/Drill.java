package io.relais.failover.diagnose;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.address.AddressFinder;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Outcome;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.engine.ChangePreview;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.IpFamily;
import io.relais.failover.observe.BackupCheck;
import io.relais.failover.observe.CanaryCheck;
import io.relais.failover.observe.HeartbeatCheck;
import io.relais.failover.observe.OutsideCheck;
import io.relais.failover.observe.ProductionCheck;
import io.relais.failover.observe.SiteCheckResult;
import io.relais.failover.observe.VantageCheck;
import io.relais.failover.probe.Prober;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Rehearses a switch, step by step, with the time that each takes. For one thread. */
public final class Drill {
  private static final Duration POLL = Duration.ofSeconds(1);

  /** The longest that OVH's servers have been seen to take, and as long again. */
  private static final Duration VISIBLE = Duration.ofMinutes(7);

  private final FailoverConfig config;
  private final Prober prober;
  private final HttpCaller http;
  private final AddressFinder addresses;
  private final InstantSource clock;
  private final Listener listener;

  public Drill(
      FailoverConfig config,
      Prober prober,
      HttpCaller http,
      AddressFinder addresses,
      InstantSource clock,
      Listener listener) {
    this.listener = listener;
    this.config = config;
    this.prober = prober;
    this.http = http;
    this.addresses = addresses;
    this.clock = clock;
  }

  /** One step: whether it went as a switch needs it, and how long it took. */
  public record Step(String name, boolean ok, String detail, Duration took) {}

  /** Hears of it while it goes on. */
  public interface Listener {
    /** A step has ended. */
    void ended(Step step);

    /** A step does not get on, which is tried again: why, each time that this is another. */
    void waits(String name, String why);
  }

  /** The steps so far; each is told of as it is added. */
  private final class Report {
    private final List<Step> steps = new ArrayList<>();

    void add(Step step) {
      steps.add(step);
      listener.ended(step);
    }

    boolean isOk() {
      return steps.stream().allMatch(Step::ok);
    }

    ImmutableList<Step> end() {
      return ImmutableList.copyOf(steps);
    }
  }

  /** Everything that a switch does before and but the change. */
  public ImmutableList<Step> rehearse(RecordChanger changer) throws InterruptedException {
    Report steps = new Report();
    steps.add(timed("probe production", this::production));
    steps.add(timed("ask the canaries", this::canaries));
    if (!config.vantages().isEmpty()) {
      steps.add(timed("ask the vantage points", this::vantages));
    }
    steps.add(timed("probe the backup", this::backup));
    if (!config.heartbeats().isEmpty()) {
      steps.add(timed("read the heartbeats", this::heartbeats));
    }
    Map<IpFamily, InetAddress> found = new EnumMap<>(IpFamily.class);
    steps.add(timed("find the backup's address", () -> address(found)));
    BackupAddresses backup = backupOf(found);
    if (!config.backup().vantages().isEmpty()) {
      steps.add(timed("reach the backup from outside", () -> outside(backup)));
    }
    steps.add(timed("ask the authoritative servers", () -> location(changer, backup)));
    steps.add(timed("read the records", () -> preview(changer, backup)));
    return steps.end();
  }

  /** What a drill on a name made for that would do. */
  public ImmutableList<Step> preview(RecordChanger changer) throws InterruptedException {
    Report steps = new Report();
    Map<IpFamily, InetAddress> found = new EnumMap<>(IpFamily.class);
    steps.add(timed("find the backup's address", () -> address(found)));
    BackupAddresses backup = backupOf(found);
    steps.add(timed("ask the authoritative servers", () -> location(changer, backup)));
    steps.add(timed("read the records", () -> preview(changer, backup)));
    return steps.end();
  }

  /**
   * A whole switch and the way back, on a name made for that.
   *
   * @param changer of that name, with a journal of its own
   */
  public ImmutableList<Step> perform(RecordChanger changer) throws InterruptedException {
    Report steps = new Report();
    if (changer.underWay().isPresent() || changer.switched()) {
      change(changer, new Errand(ChangeKind.FAIL_BACK, BackupAddresses.NONE, "clean up"), steps);
    }
    Map<IpFamily, InetAddress> found = new EnumMap<>(IpFamily.class);
    steps.add(timed("find the backup's address", () -> address(found)));
    if (steps.isOk()) {
      change(changer, new Errand(ChangeKind.SWITCH, backupOf(found), "switch"), steps);
    }
    if (changer.underWay().isPresent() || changer.switched()) {
      change(changer, new Errand(ChangeKind.FAIL_BACK, BackupAddresses.NONE, "fail back"), steps);
    }
    return steps.end();
  }

  /** What a step found. */
  private record DrillFinding(boolean ok, String detail) {}

  private static Step timed(String name, Callable<DrillFinding> task) throws InterruptedException {
    long began = System.nanoTime();
    DrillFinding drillFinding;
    try {
      drillFinding = task.call();
    } catch (InterruptedException e) {
      throw e;
    } catch (IOException e) {
      drillFinding = new DrillFinding(false, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return new Step(name, drillFinding.ok(), drillFinding.detail(), since(began));
  }

  private static Duration since(long began) {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private DrillFinding production() throws InterruptedException {
    SiteCheckResult look = new ProductionCheck(config.site(), prober).round();
    return new DrillFinding(look.up(), look.up() ? "it serves" : look.failures());
  }

  private DrillFinding canaries() throws InterruptedException {
    CanaryCheck.CanaryReading canaryReading =
        new CanaryCheck(config.canaries(), config.canariesNeeded(), prober).look();
    return new DrillFinding(canaryReading.enough(), canaryReading.describe());
  }

  private DrillFinding vantages() throws InterruptedException {
    String said =
        new VantageCheck(config.vantages(), http)
            .ask().stream()
                .map(one -> one.name() + ": " + one.opinion().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining("; "));
    return new DrillFinding(true, said);
  }

  private DrillFinding backup() throws InterruptedException {
    SiteCheckResult look =
        new BackupCheck(config.backup(), config.site().probes(), config.site().require(), prober)
            .look();
    return new DrillFinding(look.up(), look.up() ? "it serves the site" : look.failures());
  }

  private DrillFinding heartbeats() {
    String stale =
        new HeartbeatCheck(config.heartbeats())
            .look(ImmutableMap.of(), clock.instant(), clock.instant())
            .stale();
    return new DrillFinding(stale.isEmpty(), stale.isEmpty() ? "the copy is fresh" : stale);
  }

  private DrillFinding address(Map<IpFamily, InetAddress> found) throws InterruptedException {
    List<String> details = new ArrayList<>();
    boolean ok = true;
    for (IpFamily family : config.backup().address().families()) {
      AddressFinder.Verdict verdict = addresses.find(family);
      verdict.address().ifPresent(address -> found.put(family, address));
      details.add(verdict.detail());
      ok &= verdict.address().isPresent();
    }
    return new DrillFinding(ok, String.join("; ", details));
  }

  private DrillFinding outside(BackupAddresses backup) throws InterruptedException {
    OutsideCheck.OutsideViews outsideViews =
        new OutsideCheck(config.backup().vantages(), http).look(Optional.of(backup));
    return new DrillFinding(
        outsideViews.problem().isEmpty(), outsideViews.problem().orElseGet(outsideViews::describe));
  }

  private static BackupAddresses backupOf(Map<IpFamily, InetAddress> found) {
    return new BackupAddresses(
        Optional.ofNullable(found.get(IpFamily.V4)), Optional.ofNullable(found.get(IpFamily.V6)));
  }

  private static DrillFinding location(RecordChanger changer, BackupAddresses backup)
      throws InterruptedException {
    RecordLocation location = changer.location(Optional.of(backup));
    return new DrillFinding(
        location.place() == RecordPlace.PRODUCTION,
        location.place().name().toLowerCase(Locale.ROOT) + ": " + location.detail());
  }

  private static DrillFinding preview(RecordChanger changer, BackupAddresses backup) {
    String what = new ChangePreview(changer).describe(ChangeKind.SWITCH, Optional.of(backup));
    return new DrillFinding(what.startsWith("change "), "would " + what);
  }

  /** One change, and what it is called. */
  private record Errand(ChangeKind kind, BackupAddresses backup, String name) {}

  /** The change until the provider accepts it, and from there until it is visible. */
  private void change(RecordChanger changer, Errand errand, Report steps)
      throws InterruptedException {
    long began = System.nanoTime();
    try {
      Outcome outcome = accepted(changer, errand, began);
      steps.add(step(errand.name() + ": accepted", isAccepted(outcome), outcome, began));
      if (isAccepted(outcome)) {
        outcome = visible(changer, outcome, began);
        String name = errand.name() + ": visible at every authoritative server";
        steps.add(step(name, outcome instanceof Outcome.Verified, outcome, began));
      }
    } catch (IOException e) {
      steps.add(new Step(errand.name(), false, String.valueOf(e.getMessage()), since(began)));
    }
  }

  /** Who waits hears at once why. */
  private Outcome accepted(RecordChanger changer, Errand errand, long began)
      throws IOException, InterruptedException {
    String told = "";
    Outcome outcome = changer.begin(errand.kind(), errand.backup());
    while (isOpen(outcome) && since(began).compareTo(VISIBLE) < 0) {
      String why = outcome.detail();
      if (!why.equals(told)) {
        listener.waits(errand.name(), why);
        told = why;
      }
      Thread.sleep(POLL);
      // What could not even be begun is not under way.
      outcome =
          changer.underWay().isPresent()
              ? changer.advance()
              : changer.begin(errand.kind(), errand.backup());
    }
    return outcome;
  }

  private static Outcome visible(RecordChanger changer, Outcome accepted, long began)
      throws IOException, InterruptedException {
    Outcome outcome = accepted;
    while (outcome instanceof Outcome.Published && since(began).compareTo(VISIBLE) < 0) {
      Thread.sleep(POLL);
      outcome = changer.advance();
    }
    return outcome;
  }

  private static Step step(String name, boolean ok, Outcome outcome, long began) {
    return new Step(name, ok, outcome.detail(), since(began));
  }

  private static boolean isAccepted(Outcome outcome) {
    return outcome instanceof Outcome.Published || outcome instanceof Outcome.Verified;
  }

  private static boolean isOpen(Outcome outcome) {
    return outcome instanceof Outcome.Retrying;
  }
}
