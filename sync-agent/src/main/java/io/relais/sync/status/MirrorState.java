package io.relais.sync.status;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.Counts;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.guard.LossLocations;
import io.relais.sync.remote.Fence;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One thing that holds of a mirror, for people; which of them do is for {@link MirrorStatus}. */
public sealed interface MirrorState {
  /** All there are, what weighs most first: that is what is said first where several hold. */
  enum Condition {
    PROMOTED,
    HALTED,
    OFFLINE,
    CONNECTING,
    COMPARING,
    FAILING,
    CATCHING_UP,
    WAITING,
    PENDING,
    PARTLY_WATCHED,
    IN_SYNC;

    /** Whether it says that nothing waits, which anything that comes makes untrue. */
    public boolean saysNothingWaits() {
      return switch (this) {
        case IN_SYNC, PARTLY_WATCHED -> true;
        case PROMOTED,
            HALTED,
            OFFLINE,
            CONNECTING,
            COMPARING,
            FAILING,
            CATCHING_UP,
            WAITING,
            PENDING ->
            false;
      };
    }

    /** The name in {@code status.json}: {@code catching-up}. */
    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Which it is. */
  Condition kind();

  /** When it began to hold. */
  Instant since();

  /** One line, without when it began. */
  String describe();

  /** Whether it is not known yet how things stand. */
  default boolean isBeginning() {
    return this instanceof Connecting || this instanceof Comparing;
  }

  /** The backup went live with the copy: nothing is changed there. */
  record Promoted(Instant since, Fence fence) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.PROMOTED;
    }

    @Override
    public String describe() {
      return "PROMOTED: " + fence.describe();
    }
  }

  /** A safety check stopped it until an operator decides, or what it found is put right. */
  record Halted(Halt halt) implements MirrorState {
    @Override
    public Instant since() {
      return halt.since();
    }

    @Override
    public Condition kind() {
      return Condition.HALTED;
    }

    @Override
    public String describe() {
      return "HALTED: " + halt.why() + "; " + halt.remedy();
    }
  }

  /**
   * The target can't be used now; changes wait.
   *
   * @param refused whether it was reached, and refused the login, or showed a host key that is not
   *     to be trusted, or the like: an operator has to act
   */
  record Offline(Instant since, String why, Instant nextTry, boolean refused)
      implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.OFFLINE;
    }

    @Override
    public String describe() {
      return "offline: " + why;
    }
  }

  /** The first connection is being made. */
  record Connecting(Instant since, String destination) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.CONNECTING;
    }

    @Override
    public String describe() {
      return "connecting to " + destination;
    }
  }

  /** It is being found out what there is to do, since anything may differ. */
  record Comparing(Instant since) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.COMPARING;
    }

    @Override
    public String describe() {
      return "comparing both sides";
    }
  }

  /**
   * Some paths can't be made equal for now; each is tried again.
   *
   * @param missing how many entries of the source are not at the target because of that, as far as
   *     is known
   * @param superfluous of the paths, those that only can't be deleted at the target
   */
  record Failing(Instant since, long paths, long missing, long superfluous) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.FAILING;
    }

    @Override
    public String describe() {
      if (superfluous == paths) {
        return "FAILING: "
            + Counts.of(paths, "path")
            + " can't be deleted at the target; nothing is missing there";
      }
      return "FAILING: "
          + Counts.of(paths, "path")
          + " can't be made equal"
          + (superfluous == 0 ? "" : " (%,d only can't be deleted)".formatted(superfluous))
          + switch ((int) Math.min(missing, 2)) {
            case 0 -> "";
            case 1 -> "; 1 entry is missing at the target";
            default -> "; %,d entries are missing at the target".formatted(missing);
          };
    }
  }

  /** What differs is being sent. */
  record CatchingUp(Instant since, long files, long bytes) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.CATCHING_UP;
    }

    @Override
    public String describe() {
      return "sending " + Counts.of(files, "file") + ", " + Counts.of(bytes, "byte");
    }
  }

  /**
   * A consistent mirror has seen changes, and waits for its source to be quiet, or for the
   * certificates there to match their keys.
   *
   * @param since when the oldest of the changes was seen, or the mismatch
   * @param awake what changed most often since then; null if that is not known
   * @param mismatch what is wrong with the certificates, in one line; null if nothing is known to
   *     be
   */
  record Waiting(Instant since, long paths, @Nullable String awake, @Nullable String mismatch)
      implements MirrorState {
    /** Waiting for less is part of the work. */
    static final Duration LONG = Duration.ofSeconds(30);

    @Override
    public Condition kind() {
      return Condition.WAITING;
    }

    @Override
    public String describe() {
      if (mismatch != null) {
        return "waiting, with " + Counts.of(paths, "path") + " not sent yet: " + mismatch;
      }
      return "waiting for the source to be quiet, with "
          + Counts.of(paths, "path")
          + " not sent yet"
          + (awake == null ? "" : "; what changes most is " + awake);
    }

    /** Whether people should know. */
    public boolean isLong(Instant now) {
      return !now.isBefore(since.plus(LONG));
    }
  }

  /** Changes were seen that are not at the target yet. */
  record Pending(Instant since, long paths) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.PENDING;
    }

    @Override
    public String describe() {
      return Counts.of(paths, "path") + " pending";
    }
  }

  /**
   * All that was seen is at the target, but not every change is seen at once.
   *
   * @param comparedAt when the last comparison of everything began: both sides were equal then
   */
  record PartlyWatched(Instant since, Instant comparedAt) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.PARTLY_WATCHED;
    }

    @Override
    public String describe() {
      return "equal when last compared at "
          + comparedAt.truncatedTo(ChronoUnit.SECONDS)
          + ", but not everything is watched: changes elsewhere are found later";
    }
  }

  /** Everything that was seen is at the target, and whatever changes will be seen. */
  record InSync(Instant since) implements MirrorState {
    @Override
    public Condition kind() {
      return Condition.IN_SYNC;
    }

    @Override
    public String describe() {
      return "in sync";
    }
  }

  /**
   * What a halted mirror has to say.
   *
   * @param id names this very finding, in the command that lets it pass
   * @param since when the mirror halted; kept over restarts of the agent
   * @param message what was found, in one line
   * @param entries how many entries would be deleted; 0 where that is not known
   * @param losses the directories that would lose most of them, most first; at most five
   * @param ending what ends the halt without a command
   * @param command the exact line that lets the mirror go on; empty where no command does
   */
  public record Halt(
      String id,
      GuardViolation.Reason reason,
      Instant since,
      String message,
      long entries,
      ImmutableList<LossLocations.Loss> losses,
      String ending,
      Optional<String> command) {

    /** Whether the command {@code resume} lets the mirror go on. */
    public boolean canBeLetPass() {
      return command.isPresent();
    }

    /** What is wrong, where and since when, without what to do. */
    public String why() {
      String most = losses.isEmpty() ? "" : "; most in " + LossLocations.describe(losses);
      return message + most + "; halted since " + since.truncatedTo(ChronoUnit.SECONDS);
    }

    /** What an operator can do. */
    public String remedy() {
      return ending + command.map(line -> "; to let it go on, run: " + line).orElse("");
    }
  }
}
