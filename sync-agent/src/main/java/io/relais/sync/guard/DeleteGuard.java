package io.relais.sync.guard;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.guard.GuardViolation.Reason;
import io.relais.sync.path.RelPath;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Vetoes a plan that looks like an accident at the source: a disk not mounted, a directory swapped,
 * a tree wiped.
 *
 * @param share vetoes the deletion of more than this share of what is known, 0 to 1
 * @param entries as long as it is this many entries, or more
 */
public record DeleteGuard(double share, long entries) {
  private static final String COMMAND_HINT = "nothing is deleted until a person agrees";

  public DeleteGuard {
    checkArgument(share >= 0 && share <= 1, "share %s is not within 0 to 1", share);
    checkArgument(entries >= 0, "%s entries", entries);
  }

  /**
   * The gravest objection, if there is any.
   *
   * @param toll what the plan's deletes amount to, with those before
   */
  public Optional<GuardViolation> check(GuardInput facts, LossTally toll) {
    return root(facts).or(() -> emptied(facts)).or(() -> mounts(facts, toll)).or(() -> count(toll));
  }

  /** Whether so many deletes can be an objection, whatever they are. */
  public boolean concerns(long deletes) {
    return deletes >= Math.max(entries, 1);
  }

  private static Optional<GuardViolation> root(GuardInput facts) {
    RootIdentity before = facts.before();
    RootIdentity now = facts.now();
    if (now == null) {
      return Optional.of(
          GuardViolation.of(
              Reason.ROOT_MISSING,
              "",
              "the source directory is missing; nothing is deleted until it is there again"));
    }
    if (before == null || facts.switched() || isSame(before, now)) {
      return Optional.empty();
    }
    String numbers = before + " " + now;
    return before.device() == now.device()
        ? veto(
            Reason.ROOT_REPLACED,
            numbers,
            "the source directory is not the one it was (%s)".formatted(difference(before, now)))
        : veto(
            Reason.ROOT_ON_ANOTHER_DEVICE,
            numbers,
            "the source directory is on another device than before (%s, now %s)"
                .formatted(device(before.device()), device(now.device())));
  }

  private static String difference(RootIdentity before, RootIdentity now) {
    return before.inode() == now.inode()
        ? "of the same inode, but made at another time: another file system, perhaps"
        : "inode %d, now %d".formatted(before.inode(), now.inode());
  }

  /**
   * Device numbers are assigned again at boot, so another one is no other directory where inode and
   * birth are the same. Where no birth is known the inode alone does not say enough for that: the
   * root of every ext4 file system has the same.
   */
  private static boolean isSame(RootIdentity before, RootIdentity now) {
    if (before.inode() != now.inode()) {
      return false;
    }
    boolean bornKnown = before.birthNanos() != 0 && now.birthNanos() != 0;
    return bornKnown ? before.birthNanos() == now.birthNanos() : before.device() == now.device();
  }

  private static Optional<GuardViolation> emptied(GuardInput facts) {
    return facts.sourceEmpty() && facts.known() > 0
        ? veto(
            Reason.SOURCE_EMPTIED,
            Long.toString(facts.known()),
            "the source directory is empty, and the target has "
                + Counts.of(facts.known(), "entry"))
        : Optional.empty();
  }

  /**
   * A directory that fell back to its root's device lost its mount. One that went to a third device
   * did too, unless all numbers were assigned again.
   */
  private static Optional<GuardViolation> mounts(GuardInput facts, LossTally toll) {
    RootIdentity before = facts.before();
    RootIdentity now = facts.now();
    if (before == null || now == null) {
      return Optional.empty();
    }
    return facts.moved().stream()
        .filter(moved -> moved.deletes() > 0 && isUnmounted(moved, before, now))
        .findFirst()
        .flatMap(
            moved ->
                veto(
                    Reason.MOUNT_MISSING,
                    moved.path().latin1()
                        + " "
                        + moved.before()
                        + " "
                        + moved.now()
                        + " "
                        + names(toll),
                    describe(moved)));
  }

  private static String describe(GuardInput.Moved moved) {
    return moved.unmounted() && moved.before() == moved.now()
        ? "what was mounted on %s is not mounted there any more, and %,d entries below it are gone"
            .formatted(moved.path(), moved.deletes())
        : "%s is on another device than before (%s, now %s), and %,d entries below it are gone"
            .formatted(moved.path(), device(moved.before()), device(moved.now()), moved.deletes());
  }

  private static boolean isUnmounted(
      GuardInput.Moved moved, RootIdentity before, RootIdentity now) {
    boolean withRoot = moved.before() == before.device() && moved.now() == now.device();
    boolean renumbered = before.device() != now.device();
    return moved.unmounted() || (!withRoot && (moved.now() == now.device() || !renumbered));
  }

  private Optional<GuardViolation> count(LossTally toll) {
    // What only came of late may go, however much went before it.
    if (toll.lost().isEmpty() || !concerns(toll.total()) || toll.total() <= share * toll.stood()) {
      return Optional.empty();
    }
    String message =
        toll.gone() == 0
            ? "%,d of %,d entries would be deleted".formatted(toll.total(), toll.stood())
            : "%,d of %,d entries would be deleted, counting %,d that were in the last five minutes"
                .formatted(toll.total(), toll.stood(), toll.gone());
    return veto(Reason.TOO_MANY_DELETES, names(toll), message);
  }

  private static String names(LossTally toll) {
    return toll.lost().stream().sorted().map(RelPath::latin1).collect(Collectors.joining("\0"));
  }

  /** Major and minor, as ls and findmnt give them. */
  private static String device(long packed) {
    return (packed >>> 32) + ":" + (packed & 0xFFFF_FFFFL);
  }

  private static Optional<GuardViolation> veto(Reason reason, String numbers, String message) {
    return Optional.of(GuardViolation.of(reason, numbers, message + "; " + COMMAND_HINT));
  }

  /**
   * How much of what stood at the target when the last minutes began would be gone.
   *
   * @param stood how many entries stood there then
   * @param gone how many of them have been lost since
   * @param lost which of them a plan would delete
   */
  public record LossTally(long stood, long gone, ImmutableList<RelPath> lost) {
    public static final LossTally NONE = new LossTally(0, 0, ImmutableList.of());

    long total() {
      return gone + lost.size();
    }
  }
}
