package io.relais.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.InterruptedIOException;

/**
 * How much memory the listings of one host may take together: hundreds are under way at once, and
 * how much each of them is depends on the server alone. Nothing waits as long as there is room. One
 * that finds none is begun again once it is alone; what does not fit even then is refused, with the
 * memory that it would take. So what is refused never depends on what else is going on.
 *
 * <p>Safe for use by many threads.
 */
public final class ListingMemoryBudget {
  /**
   * A sixth of the heap, so 43 MiB with the launcher's 256: some 280,000 entries, by the sizes of
   * the objects. What a directory becomes while it is compared takes an estimated three times that,
   * where all of it is to be removed. A listing of 1,000,000 entries needs a heap of 1 GiB.
   */
  private static final int SHARE_OF_HEAP = 6;

  private final long limit;

  @GuardedBy("this")
  private long used;

  @GuardedBy("this")
  private int open;

  @GuardedBy("this")
  private int waitingToBeAlone;

  @GuardedBy("this")
  private boolean alone;

  /** Makes one of the size that fits this process. */
  public static ListingMemoryBudget ofThisProcess() {
    return new ListingMemoryBudget(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  }

  /**
   * Makes one.
   *
   * @param limit bytes of heap
   */
  public ListingMemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Says that there is no room beside the other listings: it is to be begun again, alone. */
  static final class CrowdedException extends Exception {
    private static final long serialVersionUID = 1L;

    CrowdedException() {
      super("no room beside other listings", null, false, false);
    }
  }

  /** What one listing takes. Closing it gives that back; it is no error to do so twice. */
  public final class Share implements AutoCloseable {
    private final boolean isAlone;

    @GuardedBy("ListingMemoryBudget.this")
    private long own;

    @GuardedBy("ListingMemoryBudget.this")
    private boolean closed;

    private Share(boolean isAlone) {
      this.isAlone = isAlone;
    }

    /**
     * Takes more, or gives some back; for any thread.
     *
     * @param what the listing, for the message
     * @throws CrowdedException if there is no room beside the others
     * @throws SftpStatusException if there is not even room for this one
     */
    void take(long bytes, String what) throws CrowdedException, SftpStatusException {
      synchronized (ListingMemoryBudget.this) {
        if (closed) {
          return;
        }
        own += bytes;
        used += bytes;
        if (own > limit) {
          throw new SftpStatusException(
              SftpStatusException.FAILURE,
              "%s: it takes more than the %,d MiB that a listing may have; give the agent more memory (-Xmx in RELAIS_JAVA_OPTS), or find out what fills that directory"
                  .formatted(what, limit >> 20));
        }
        if (used > limit && bytes > 0) {
          throw new CrowdedException();
        }
      }
    }

    @Override
    public void close() {
      synchronized (ListingMemoryBudget.this) {
        if (closed) {
          return;
        }
        closed = true;
        used -= own;
        open--;
        alone &= !isAlone;
        ListingMemoryBudget.this.notifyAll();
      }
    }
  }

  /** Begins a listing; waits while one is alone. */
  synchronized Share enter() throws InterruptedIOException {
    try {
      while (alone || waitingToBeAlone > 0) {
        wait();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    open++;
    return new Share(false);
  }

  /**
   * Begins a listing once there is no other; meanwhile no other begins. Each ends by itself, and
   * none waits for another while it has a share.
   */
  synchronized Share enterAlone() throws InterruptedIOException {
    waitingToBeAlone++;
    try {
      while (open > 0) {
        wait();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      waitingToBeAlone--;
      notifyAll();
    }
    open++;
    alone = true;
    return new Share(true);
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while waiting for other listings");
  }
}
