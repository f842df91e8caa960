package io.relais.sync.plan;

/** The names this project gives to what is not yet, or no longer, in its place. */
public final class TemporaryNames {
  /** What each of them begins with. */
  public static final String PREFIX = ".relais-";

  private TemporaryNames() {}

  /** Whether a name (not a path) is one of ours: never mirrored, in neither direction. */
  public static boolean isTemporary(String name) {
    return name.startsWith(PREFIX);
  }
}
