package io.relais.sync.scan;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.Drift;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.Step;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What somebody else has changed at the target, as far as that is certain: never what a crash or a
 * broken connection left of our own work, nor what was there before the mirror was. For the owner's
 * thread.
 */
public final class DriftDetector {
  /** Noted once a mirror was compared and made equal as a whole. */
  private static final String COMPARED = "compared";

  private static final int MOST_NAMED = 5;

  private final MirrorIndex index;
  private final DriftPolicy policy;
  private final boolean tells;

  /** Directories that stay with the mode that somebody else has given them. */
  private final Set<RelPath> left = ConcurrentHashMap.newKeySet();

  public DriftDetector(MirrorIndex index, DriftPolicy policy) {
    this.index = index;
    this.policy = policy;
    this.tells = index.note(COMPARED) != null;
  }

  /** A mirror was compared and made equal as a whole: what differs from now on has drifted. */
  public void compared() {
    if (!tells) {
      index.setNote(COMPARED, new byte[] {1});
    }
  }

  /**
   * Takes what came out of one directory, and says what is to be done of it.
   *
   * @param holder the directory; where one entry alone was looked at, what it is in
   */
  DirectoryPlan sift(RelPath holder, DirectoryPlan found) {
    if (found.drifted().isEmpty()) {
      return found;
    }
    boolean certain = tells && isSettled(index.get(holder));
    if (certain && policy == DriftPolicy.REPORT) {
      found.drifted().stream()
          .filter(each -> each.what() == Drift.What.ATTRIBUTES)
          .forEach(each -> left.add(each.path()));
      return found.leavingDrift();
    }
    if (policy != DriftPolicy.HALT) {
      noteContents(found.drifted());
    }
    return certain ? found : found.withoutDrift();
  }

  /** Whether an entry is to stay with the mode that it has. For any thread. */
  boolean isLeft(RelPath path) {
    return left.contains(path);
  }

  /** What holds something that was changed and is left: its time has moved with that. */
  public static Set<RelPath> holders(Collection<Drift> drift) {
    return drift.stream()
        .map(Drift::path)
        .filter(path -> !path.isRoot())
        .map(RelPath::parent)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Of each file whose copy was changed nothing is known any more, whatever becomes of it. */
  public void noteContents(Collection<Drift> drift) {
    damaged(index, drift.stream().filter(Drift::isOfContent).map(Drift::path).toList());
  }

  private static boolean isSettled(@Nullable IndexEntry directory) {
    return directory != null
        && directory.target().kind() == EntryKind.DIRECTORY
        && directory.isSettled();
  }

  /**
   * Notes, durably, that the copies of files are wrong; without their hash, what is known of their
   * chunks does not count either.
   *
   * @return which of them are known at all
   */
  public static ImmutableList<RelPath> damaged(MirrorIndex index, Collection<RelPath> paths) {
    ImmutableList<RelPath> known =
        paths.stream().filter(path -> isFile(index.get(path))).collect(toImmutableList());
    if (!known.isEmpty()) {
      index.batch(
          () -> {
            for (RelPath path : known) {
              IndexEntry before = index.get(path);
              if (before != null) {
                index.put(path, before.damaged());
              }
            }
          });
    }
    return known;
  }

  private static boolean isFile(@Nullable IndexEntry indexEntry) {
    return indexEntry != null && indexEntry.target().kind() == EntryKind.FILE;
  }

  /** Of what a plan has found, what there is to tell: not what is added, and stays for a reason. */
  public ImmutableList<Drift> of(Plan plan) {
    if (plan.drifted().isEmpty() || policy == DriftPolicy.REPORT) {
      return ImmutableList.copyOf(plan.drifted());
    }
    Set<RelPath> deleted =
        plan.differences()
            .filter(Step.Delete.class::isInstance)
            .map(Step::path)
            .collect(Collectors.toSet());
    return plan.drifted().stream()
        .filter(each -> each.what() != Drift.What.ADDED || deleted.contains(each.path()))
        .collect(toImmutableList());
  }

  /** The objection to repairing it, where an operator is to decide on that. */
  public static GuardViolation objection(List<Drift> drift) {
    return GuardViolation.drift(
        drift.stream().map(Drift::toString).sorted().collect(Collectors.joining("\n")),
        "somebody else has changed %s at the target: %s; nothing is done there until a person agrees"
            .formatted(Counts.of(drift.size(), "entry"), describe(drift, MOST_NAMED)));
  }

  /** What is said of an entry that is left as it is. */
  public static String left(Drift drift) {
    return drift.path() + ": " + what(drift) + "; it is left as it is (drift = \"report\")";
  }

  /** One entry, with what becomes of it. */
  public static String repaired(Drift drift, boolean deletes) {
    return drift.path() + ": " + what(drift) + "; " + action(drift, deletes);
  }

  /** The first few, in one line. */
  public static String describe(List<Drift> drift, int most) {
    String first =
        drift.stream()
            .limit(most)
            .map(each -> each.path() + " (" + word(each) + ")")
            .collect(Collectors.joining(", "));
    return drift.size() > most ? first + " and %,d more".formatted(drift.size() - most) : first;
  }

  private static String word(Drift drift) {
    return switch (drift.what()) {
      case MISSING -> "missing";
      case CHANGED -> "changed";
      case ATTRIBUTES -> "mode changed";
      case REPLACED -> "replaced";
      case ADDED -> "added";
    };
  }

  private static String what(Drift drift) {
    return switch (drift.what()) {
      case MISSING -> "it was removed at the target by somebody else";
      case CHANGED -> "it was changed at the target by somebody else";
      case ATTRIBUTES -> "its mode was changed at the target by somebody else";
      case REPLACED -> "something else was put in its place at the target";
      case ADDED -> "it was added at the target, or excluded until now";
    };
  }

  private static String action(Drift drift, boolean deletes) {
    return switch (drift.what()) {
      case MISSING, CHANGED, REPLACED -> "it is sent again";
      case ATTRIBUTES -> "its mode is set back";
      case ADDED -> deletes ? "it is removed" : "it stays while nothing is deleted";
    };
  }
}
