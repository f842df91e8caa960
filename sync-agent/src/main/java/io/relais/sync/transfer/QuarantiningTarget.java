package io.relais.sync.transfer;

import io.relais.common.Faults;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.remote.CopyQuarantine;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves to the quarantine what would be deleted and was never sent: files and symlinks that the
 * index does not know, so that somebody made them at the backup. Temporary names are removed. Where
 * there can be no quarantine everything is deleted, and that is said once for each connection.
 *
 * <p>What has lain there too long is removed when the copy's root is listed, as each comparison of
 * everything does.
 */
public final class QuarantiningTarget extends ForwardingTarget {
  private static final Logger LOG = LoggerFactory.getLogger(QuarantiningTarget.class);

  /** How many are removed for good at one listing of the root: the rest waits for the next. */
  private static final int MOST_PRUNED = 5_000;

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final String mirror;
  private final PlanBuilder.Lookup index;
  private final @Nullable CopyQuarantine quarantine;
  private final Optional<Duration> keep;
  private final InstantSource clock;
  private final String date;

  /** Guarded by this. */
  private boolean impossible;

  /** Guarded by this. */
  private boolean used;

  /**
   * Decorates a target.
   *
   * @param mirror its name, for messages
   * @param index what was confirmed there
   * @param keep how long what is in the quarantine stays; empty to remove nothing of it
   */
  public QuarantiningTarget(
      SyncTarget target,
      String mirror,
      PlanBuilder.Lookup index,
      Optional<Duration> keep,
      InstantSource clock) {
    super(target);
    this.mirror = mirror;
    this.index = index;
    this.quarantine = target.quarantine();
    this.keep = keep;
    this.clock = clock;
    this.date = DATE.format(clock.instant());
  }

  /** When something was put into the quarantine; null if the name is not a date. */
  public static @Nullable Instant dateOf(String name) {
    try {
      return DATE.parse(name, Instant::from);
    } catch (DateTimeException e) {
      return null;
    }
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    if (directory.isRoot() && quarantine != null && keep.isPresent()) {
      prune(quarantine, clock.instant().minus(keep.get()));
    }
    return super.listing(directory);
  }

  @Override
  public List<Pending> begin(List<RemoteChange> changes) throws IOException {
    if (quarantine == null || changes.stream().noneMatch(this::isForeign)) {
      return super.begin(changes);
    }
    List<Pending> pending = new ArrayList<>(changes.size());
    List<RemoteChange> forwarded = new ArrayList<>();
    for (RemoteChange change : changes) {
      if (!isForeign(change)) {
        forwarded.add(change);
        continue;
      }
      pending.addAll(super.begin(forwarded));
      forwarded.clear();
      pending.add(putAway(change));
    }
    pending.addAll(super.begin(forwarded));
    return pending;
  }

  /** What is moved aside is removed later, when nobody knows any more what of it was sent. */
  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    if (quarantine != null) {
      emptyOfForeign(path, stat(path));
    }
    return super.moveAside(path);
  }

  private void emptyOfForeign(RelPath path, @Nullable TargetEntry entry) throws IOException {
    if (entry == null) {
      return;
    }
    if (entry.kind() == EntryKind.DIRECTORY) {
      for (Map.Entry<String, TargetEntry> each : list(path).entrySet()) {
        emptyOfForeign(path.child(each.getKey()), each.getValue());
      }
    } else if (isForeign(new RemoteChange.RemoveFile(path))) {
      var _ = put(path);
    }
  }

  private boolean isForeign(RemoteChange change) {
    if (!(change instanceof RemoteChange.RemoveFile(var path)) || isImpossible()) {
      return false;
    }
    for (RelPath at = path; !at.isRoot(); at = at.parent()) {
      if (TemporaryNames.isTemporary(at.name())) {
        return false;
      }
    }
    return index.get(path) == null;
  }

  private Pending putAway(RemoteChange change) throws IOException {
    try {
      if (put(change.path())) {
        return () -> {};
      }
    } catch (TargetException e) {
      return () -> {
        throw e;
      };
    }
    return super.begin(List.of(change)).getFirst();
  }

  /** False if there is no quarantine. */
  private synchronized boolean put(RelPath path) throws IOException {
    if (quarantine == null || impossible) {
      return false;
    }
    try {
      quarantine.put(path, date);
      if (used) {
        LOG.debug("{}: {} was moved to the quarantine", mirror, path);
      } else {
        used = true;
        LOG.info(
            "{}: {} was made at the backup, and is moved to the quarantine there, as are others like it; see: sync-agent quarantine list {}",
            mirror,
            path,
            mirror);
      }
      return true;
    } catch (TargetException e) {
      if (e.reason() == Reason.NOT_FOUND && stat(path) == null) {
        return true; // It is gone by itself.
      }
      if (e.reason() != Reason.UNSUPPORTED) {
        throw e;
      }
      impossible = true;
      LOG.warn(
          "{}: there can be no quarantine beside the copy, so what others made there is deleted: {}",
          mirror,
          e.getMessage());
      return false;
    }
  }

  private synchronized boolean isImpossible() {
    return impossible;
  }

  private synchronized void prune(CopyQuarantine quarantine, Instant before) throws IOException {
    int[] left = {MOST_PRUNED};
    try {
      for (Map.Entry<String, TargetEntry> each : quarantine.list(RelPath.ROOT).entrySet()) {
        Instant at = dateOf(each.getKey());
        if (at != null && at.isBefore(before)) {
          remove(quarantine, RelPath.ROOT.child(each.getKey()), each.getValue(), left);
        }
      }
    } catch (TargetException e) {
      LOG.debug("{}: the quarantine was not pruned: {}", mirror, Faults.describe(e));
    }
  }

  private static void remove(CopyQuarantine quarantine, RelPath path, TargetEntry entry, int[] left)
      throws IOException {
    if (entry.kind() == EntryKind.DIRECTORY) {
      for (Map.Entry<String, TargetEntry> each : quarantine.list(path).entrySet()) {
        remove(quarantine, path.child(each.getKey()), each.getValue(), left);
      }
    }
    if (left[0]-- > 0) {
      quarantine.remove(path, entry.kind());
    }
  }
}
