package io.relais.sync.path;

import java.util.regex.Pattern;

/**
 * The names this project gives to what is not yet, or no longer, in its place: {@code .relais-},
 * eight hexadecimal digits that name the mirror, {@code -}, and twelve random ones.
 */
public final class TemporaryNames {
  /** What each of them begins with. */
  public static final String PREFIX = ".relais-";

  /** What the name of a quarantine ends with, after the name of its copy's directory. */
  public static final String QUARANTINE = ".quarantine";

  private static final Pattern SHAPE = Pattern.compile("\\.relais-[0-9a-f]{8}-[0-9a-f]{12}");

  private TemporaryNames() {}

  /** Whether a name (not a path) is one of ours: never mirrored, in neither direction. */
  public static boolean isTemporary(String name) {
    return name.startsWith(PREFIX) && SHAPE.matcher(name).matches();
  }
}
