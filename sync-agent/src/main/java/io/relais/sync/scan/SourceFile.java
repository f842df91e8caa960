package io.relais.sync.scan;

import io.relais.sync.plan.SourceEntry;
import java.io.Closeable;
import java.io.IOException;

/** An open file of the source. For one thread at a time. */
public interface SourceFile extends Closeable {
  /** Looks at the open file itself, whatever its name leads to by now. */
  SourceEntry stat() throws IOException;

  /**
   * Reads the next bytes, fewer only at the end of the file.
   *
   * @return how many were read; 0 at the end
   */
  int read(byte[] buffer, int offset, int length) throws IOException;
}
