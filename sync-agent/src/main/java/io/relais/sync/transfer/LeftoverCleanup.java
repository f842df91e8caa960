package io.relais.sync.transfer;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what an agent that was killed, or lost its connection, has left at the target under
 * temporary names. A comparison removes it on its way; this is for a mirror that may not compare
 * anything, since it is halted or has no source. Goes into the directories that the index knows, a
 * few at a time. For one connection, and one thread.
 */
public final class LeftoverCleanup {
  private static final Logger LOG = LoggerFactory.getLogger(LeftoverCleanup.class);

  private final SyncTarget target;
  private final TemporaryNameGenerator names;
  private final PlanBuilder.Lookup index;
  private final Deque<RelPath> waiting = new ArrayDeque<>(List.of(RelPath.ROOT));

  /**
   * Prepares it; nothing is looked at yet.
   *
   * @param names those of the mirror, renewed for this connection: what was taken since is in use
   */
  public LeftoverCleanup(
      SyncTarget target, TemporaryNameGenerator names, PlanBuilder.Lookup index) {
    this.target = target;
    this.names = names;
    this.index = index;
  }

  /** Whether there may be some left. */
  public boolean isToGoOn() {
    return !waiting.isEmpty();
  }

  /**
   * Looks into at least one more directory, if there is one.
   *
   * @param enough whether to leave the rest to the next call
   * @throws TargetUnavailableException if the connection is lost
   */
  public void proceed(BooleanSupplier enough) throws IOException {
    do {
      RelPath directory = waiting.poll();
      if (directory == null) {
        return;
      }
      clear(directory);
    } while (!enough.getAsBoolean());
  }

  private void clear(RelPath directory) throws IOException {
    List<RelPath> found = new ArrayList<>();
    try (SyncTarget.Listing listing = target.listing(directory)) {
      for (Map.Entry<String, TargetEntry> each : listing.entries().entrySet()) {
        RelPath path = directory.child(each.getKey());
        if (names.isOurs(each.getKey())) {
          found.add(path);
        } else if (each.getValue().kind() == EntryKind.DIRECTORY && isKnown(path)) {
          waiting.push(path);
        }
      }
    } catch (TargetException e) {
      LOG.debug("{} is not looked into: {}", directory, e.getMessage());
    }
    for (RelPath path : found) {
      remove(path);
    }
  }

  private boolean isKnown(RelPath directory) {
    IndexEntry known = index.get(directory);
    return known != null && known.target().kind() == EntryKind.DIRECTORY;
  }

  private void remove(RelPath path) throws IOException {
    if (names.isOfNow(path.name())) {
      return;
    }
    try {
      TreeRemover.remove(target, path);
    } catch (TargetException e) {
      // The next comparison finds it again, and says what is wrong with its directory.
      LOG.debug("{} stays: {}", path, e.getMessage());
    }
  }
}
