package io.relais.sync.entry;

/**
 * How a source's root was reached.
 *
 * @param links stands for the symlinks on the way and for what each says: the same for the same
 *     ones; 0 where there are none
 * @param owner the root directory's owner, 0 to 4,294,967,295; negative where it is not known
 */
public record RootResolution(long links, long owner) {
  /** Nothing is known of it. */
  public static final RootResolution UNKNOWN = new RootResolution(0, -1);

  /**
   * Whether another directory is the source because somebody has had a symlink lead to it, as a
   * deployment does, and it has the owner that the one before had.
   */
  public boolean isSwitchedTo(RootResolution now) {
    return links != 0 && now.links != 0 && links != now.links && owner >= 0 && owner == now.owner;
  }
}
