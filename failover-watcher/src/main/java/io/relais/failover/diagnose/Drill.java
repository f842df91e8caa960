package io.relais.failover.diagnose;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Outcome;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.diagnose.Preflight.Step;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Rehearses a switch, step by step, with the time that each takes. For one thread. */
public final class Drill {
  private static final Duration POLL = Duration.ofSeconds(1);

  /** The longest that OVH's servers have been seen to take, and as long again. */
  private static final Duration VISIBLE = Duration.ofMinutes(7);

  private final Preflight preflight;
  private final Listener listener;

  public Drill(Preflight preflight, Listener listener) {
    this.preflight = preflight;
    this.listener = listener;
  }

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
    FailoverConfig config = preflight.config();
    Report steps = new Report();
    steps.add(preflight.production().step());
    steps.add(preflight.canaries());
    if (!config.vantages().isEmpty()) {
      steps.add(preflight.vantages().step());
    }
    steps.add(preflight.backup().step());
    if (!config.heartbeats().isEmpty()) {
      steps.add(preflight.heartbeats().step());
    }
    BackupAddresses backup = backupAddress(steps);
    if (!config.backup().vantages().isEmpty()) {
      steps.add(preflight.outside(backup).step());
    }
    records(changer, backup, steps);
    return steps.end();
  }

  /** What a drill on a name made for that would do. */
  public ImmutableList<Step> preview(RecordChanger changer) throws InterruptedException {
    Report steps = new Report();
    records(changer, backupAddress(steps), steps);
    return steps.end();
  }

  private BackupAddresses backupAddress(Report steps) throws InterruptedException {
    Preflight.BackupAddress backup = preflight.backupAddress();
    steps.add(backup.question().step());
    return backup.addresses();
  }

  /** Where the records point, and what would be changed of them. */
  private static void records(RecordChanger changer, BackupAddresses backup, Report steps)
      throws InterruptedException {
    long asked = System.nanoTime();
    RecordLocation location = changer.location(Optional.of(backup));
    steps.add(
        Step.since(
            asked,
            "ask the authoritative servers",
            location.place() == RecordPlace.PRODUCTION,
            location.place().name().toLowerCase(Locale.ROOT) + ": " + location.detail()));
    long read = System.nanoTime();
    String what = changer.describePreview(ChangeKind.SWITCH, Optional.of(backup));
    steps.add(Step.since(read, "read the records", what.startsWith("change "), "would " + what));
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
    BackupAddresses backup = backupAddress(steps);
    if (steps.isOk()) {
      change(changer, new Errand(ChangeKind.SWITCH, backup, "switch"), steps);
    }
    if (changer.underWay().isPresent() || changer.switched()) {
      change(changer, new Errand(ChangeKind.FAIL_BACK, BackupAddresses.NONE, "fail back"), steps);
    }
    return steps.end();
  }

  private static Duration since(long began) {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /** One change, and what it is called. */
  private record Errand(ChangeKind kind, BackupAddresses backup, String name) {}

  /** The change until the provider accepts it, and from there until it is visible. */
  private void change(RecordChanger changer, Errand errand, Report steps)
      throws InterruptedException {
    long began = System.nanoTime();
    try {
      Outcome outcome = accepted(changer, errand, began);
      steps.add(
          Step.since(began, errand.name() + ": accepted", isAccepted(outcome), outcome.detail()));
      if (isAccepted(outcome)) {
        outcome = visible(changer, outcome, began);
        String name = errand.name() + ": visible at every authoritative server";
        steps.add(Step.since(began, name, outcome instanceof Outcome.Verified, outcome.detail()));
      }
    } catch (IOException e) {
      steps.add(Step.since(began, errand.name(), false, String.valueOf(e.getMessage())));
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

  private static boolean isAccepted(Outcome outcome) {
    return outcome instanceof Outcome.Published || outcome instanceof Outcome.Verified;
  }

  private static boolean isOpen(Outcome outcome) {
    return outcome instanceof Outcome.Retrying;
  }
}
