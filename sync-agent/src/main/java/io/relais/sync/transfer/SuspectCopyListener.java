package io.relais.sync.transfer;

import io.relais.sync.path.RelPath;

/**
 * Told of copies whose content was not sent as a whole just now, though there is reason to ask
 * whether it is right: nobody has read it since it was left at the target. Safe for use by many
 * threads; never blocks.
 */
public interface SuspectCopyListener {
  /** Nothing is ever in doubt. */
  SuspectCopyListener NONE =
      new SuspectCopyListener() {
        @Override
        public boolean sendsAgain(RelPath path, long size) {
          return false;
        }

        @Override
        public void readBack(RelPath path) {}
      };

  /**
   * A file of the source was saved again, with the content that the copy is said to have: whether
   * it is sent again at once. Otherwise the copy is read back, as by {@link #readBack}.
   *
   * @param size bytes
   */
  boolean sendsAgain(RelPath path, long size);

  /** A copy is to be read back and compared when there is time. */
  void readBack(RelPath path);
}
