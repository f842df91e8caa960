package io.relais.sync.scan;

import io.relais.sync.plan.SourceEntry;
import java.io.Closeable;
import java.io.IOException;

/** An open file of the source. For one thread at a time. */
public interface SourceFile extends Closeable {
  /** The file as it was when it was opened, before anything was read; costs nothing. */
  SourceEntry opened();

  /** Looks at the open file itself, whatever its name leads to by now. */
  SourceEntry stat() throws IOException;

  /** How many bytes of it are stored, which is less than its size if it has holes. */
  long allocated();

  /**
   * Reads the next bytes, fewer only at the end of the file. What was written behind its end since
   * the last look at it ({@link #opened} or {@link #stat}) may be left out: another look tells.
   *
   * @return how many were read; 0 at the end
   */
  int read(byte[] buffer, int offset, int length) throws IOException;
}
