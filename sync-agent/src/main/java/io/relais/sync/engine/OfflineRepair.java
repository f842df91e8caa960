package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.CopyPosition;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Summary;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.DriftDetector;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourceTree;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.TransferProgress;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a mirror equal once, where no agent runs: by the same rounds, with the same guard. */
public final class OfflineRepair {
  /** What changes while it is sent is sent again this often. */
  private static final int ROUNDS = 5;

  private final MirrorSettings settings;
  private final MirrorIndex index;
  private final TemporaryNameGenerator names;
  private final InstantSource clock;

  /**
   * Prepares a repair.
   *
   * @param index the mirror's own, which no agent has
   * @param names those that the target was opened with
   */
  public OfflineRepair(
      MirrorSettings settings,
      MirrorIndex index,
      TemporaryNameGenerator names,
      InstantSource clock) {
    this.settings = settings;
    this.index = index;
    this.names = names;
    this.clock = clock;
  }

  /**
   * What came out.
   *
   * @param halt why not everything was done; null if nothing is against it
   * @param problems one line for each path that could not be made equal
   */
  public record RepairOutcome(
      Summary done, @Nullable GuardViolation halt, ImmutableList<String> problems) {}

  /**
   * Sends files again, whole.
   *
   * @param damaged files whose content at the target is wrong
   * @param everything whether all else that differs is made equal as well
   */
  public RepairOutcome run(
      SourceTree source, SyncTarget target, Collection<RelPath> damaged, boolean everything)
      throws IOException {
    CopyPosition position = new CopyPosition(index);
    new HeartbeatWriter(settings.name(), settings.heartbeat(), position, clock).connected(target);
    Optional<CopyPosition.Lead> lead = position.lead();
    if (lead.isPresent()) {
      return new RepairOutcome(
          Summary.NOTHING,
          GuardViolation.copyIsAhead(lead.get().finding(), lead.get().describe()),
          ImmutableList.of());
    }
    remember(source, damaged);
    DriftDetector.damaged(index, damaged);
    PathProblems pathProblems = new PathProblems();
    DeleteGuardMonitor deleteGuardMonitor = new DeleteGuardMonitor(settings, index);
    Cycle cycle =
        new Cycle(
            settings, index, deleteGuardMonitor, pathProblems, names, clock, () -> false, Set::of);
    Summary.Builder done = new Summary.Builder();
    boolean all = everything || settings.consistent() || index.get(RelPath.ROOT) == null;
    ScanScope scanScope = all ? ScanScope.EVERYTHING : hints(damaged);
    Cycle.Outcome outcome = Cycle.Outcome.NOTHING_TO_DO;
    for (int i = 0; i < ROUNDS && !scanScope.isEmpty(); i++) {
      Set<RelPath> again = new LinkedHashSet<>();
      outcome = cycle.run(scanScope, source, target, observer(again));
      done.add(outcome.done());
      scanScope = settings.consistent() && !again.isEmpty() ? ScanScope.EVERYTHING : hints(again);
    }
    ImmutableList.Builder<String> lines = ImmutableList.builder();
    pathProblems.all().values().forEach(each -> lines.add(each.why()));
    CertificateWait.Held held = cycle.certificates().held();
    if (held != null) {
      lines.add("nothing was sent: " + held.why());
    }
    return new RepairOutcome(done.build(), outcome.veto(), lines.build());
  }

  private static ScanScope hints(Collection<RelPath> paths) {
    return new ScanScope(ImmutableSet.copyOf(paths), ImmutableSet.of(), ImmutableSet.of());
  }

  /** What the index does not know would be taken for equal by its size and time. */
  private void remember(SourceTree source, Collection<RelPath> damaged) throws IOException {
    for (RelPath path : damaged) {
      SourceEntry entry = index.get(path) == null ? source.stat(path) : null;
      if (entry != null && entry.kind() == EntryKind.FILE) {
        index.put(path, new IndexEntry(entry, entry.asTarget(), null));
      }
    }
  }

  private static Cycle.Observer observer(Set<RelPath> again) {
    return new Cycle.Observer() {
      @Override
      public void transferring(TransferProgress transferProgress) {}

      @Override
      public void again(RelPath path) {
        again.add(path);
      }

      @Override
      public void later(RelPath path) {}
    };
  }
}
