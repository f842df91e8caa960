package io.relais.sync.delta;

import com.google.common.hash.HashCode;
import com.google.common.util.concurrent.Uninterruptibles;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of a stream, on a second thread: it takes as long as everything else that is done with
 * the bytes of a large file. For one thread.
 */
public final class ContentDigest {
  private final MessageDigest digest = Sha256.digest();
  private @Nullable CountDownLatch running;

  /** Begins with the next bytes; the buffer must not change before {@link #await}. */
  public void update(byte[] buffer, int offset, int count) {
    await();
    if (count == 0) {
      return;
    }
    CountDownLatch done = new CountDownLatch(1);
    running = done;
    Thread.startVirtualThread(
        () -> {
          try {
            digest.update(buffer, offset, count);
          } finally {
            done.countDown();
          }
        });
  }

  /** Returns once the buffer that came last may change. */
  public void await() {
    if (running != null) {
      Uninterruptibles.awaitUninterruptibly(running);
      running = null;
    }
  }

  /** The hash of all that came; once. */
  public HashCode finish() {
    await();
    return HashCode.fromBytes(digest.digest());
  }

  /** SHA-256: with the processor's instructions the fastest of the JDK's that still are secure. */
  static final class Sha256 {
    private Sha256() {}

    static MessageDigest digest() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }
}
