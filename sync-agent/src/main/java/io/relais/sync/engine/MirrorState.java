package io.relais.sync.engine;

import java.time.Instant;

/** How a mirror stands, for people. */
public sealed interface MirrorState {
  /** One line. */
  String describe();

  /** Whether it is not known yet how things stand. */
  default boolean isBeginning() {
    return this instanceof Connecting || this instanceof Comparing;
  }

  /** The first connection is being made. */
  record Connecting(Instant since, String destination) implements MirrorState {
    @Override
    public String describe() {
      return "connecting to " + destination;
    }
  }

  /** It is connected, and being found out what there is to do. */
  record Comparing(Instant since) implements MirrorState {
    @Override
    public String describe() {
      return "comparing both sides";
    }
  }

  /** Everything that was seen is at the target, but for the paths that failed. */
  record InSync(Instant since, int failedPaths) implements MirrorState {
    @Override
    public String describe() {
      return switch (failedPaths) {
        case 0 -> "in sync";
        case 1 -> "in sync but for 1 path";
        default -> "in sync but for %,d paths".formatted(failedPaths);
      };
    }
  }

  /** Changes were seen that are not at the target yet. */
  record Pending(long paths) implements MirrorState {
    @Override
    public String describe() {
      return paths == 1 ? "1 path pending" : "%,d paths pending".formatted(paths);
    }
  }

  /** A plan is being carried out. */
  record CatchingUp(long files, long bytes) implements MirrorState {
    @Override
    public String describe() {
      return "sending %,d files, %,d bytes".formatted(files, bytes);
    }
  }

  /** The target can't be used now; changes wait. */
  record Offline(Instant since, String why, Instant nextTry) implements MirrorState {
    @Override
    public String describe() {
      return "offline: " + why;
    }
  }

  /** A safety check stopped it until a person decides, or what it found is put right. */
  record Halted(Halt halt) implements MirrorState {
    @Override
    public String describe() {
      return "HALTED: " + halt.why() + "; " + halt.remedy();
    }
  }
}
