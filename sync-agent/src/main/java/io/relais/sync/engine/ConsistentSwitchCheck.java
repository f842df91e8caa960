package io.relais.sync.engine;

import io.relais.sync.certificate.CertificateKeyCheck;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.Step;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.PlanRunner;
import java.io.IOException;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The last look before a consistent mirror switches: the source must still be what was planned, and
 * every certificate in it must match its key. For one plan.
 */
final class ConsistentSwitchCheck implements PlanRunner.Objection {
  private final SourceTree source;
  private final Plan plan;
  private final CertificateWait wait;
  private final InstantSource clock;
  private boolean held;

  ConsistentSwitchCheck(SourceTree source, Plan plan, CertificateWait wait, InstantSource clock) {
    this.source = source;
    this.plan = plan;
    this.wait = wait;
    this.clock = clock;
  }

  /** Whether it is for certificates that the plan was not carried out. */
  boolean isHeld() {
    return held;
  }

  @Override
  public @Nullable String raise() throws IOException {
    for (Step step : plan.steps()) {
      SourceEntry planned = planned(step);
      if (planned != null && !planned.equals(source.stat(step.path()))) {
        return step.path() + " changed meanwhile";
      }
      if (step instanceof Step.Delete && source.stat(step.path()) != null) {
        return step.path() + " came back meanwhile";
      }
    }
    return certificates();
  }

  /** Why the mirror has to wait for its certificates, in one line; null if it hasn't. */
  @Nullable String certificates() throws IOException {
    long paths =
        plan.steps().stream()
            .filter(step -> step instanceof Step.Upload || step instanceof Step.MakeSymlink)
            .count();
    String why = wait.judge(new CertificateKeyCheck(source).judge(plan), paths, clock.instant());
    held = why != null;
    return why;
  }

  private static @Nullable SourceEntry planned(Step step) {
    return switch (step) {
      case Step.Upload upload -> upload.source();
      case Step.MakeSymlink link -> link.source();
      case Step.MakeDirectory made -> made.source();
      case Step.SetAttributes set -> set.source();
      case Step.Adopt _, Step.Unlock _, Step.MoveAside _, Step.Delete _ -> null;
    };
  }
}
