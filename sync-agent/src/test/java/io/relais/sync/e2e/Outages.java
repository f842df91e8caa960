package io.relais.sync.e2e;

import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.testbed.ssh.FaultyProxy;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Breaks a link at random moments in every way, until closed; then the link is whole. */
final class Outages implements AutoCloseable {
  private final FaultyProxy proxy;
  private final Random random;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("outages").unstarted(this::run);
  private int count;

  Outages(FaultyProxy proxy, long seed) {
    this.proxy = proxy;
    this.random = new Random(seed);
    thread.start();
  }

  private void run() {
    try {
      while (!isOverAfter(200 + random.nextInt(2_500))) {
        count++;
        switch (random.nextInt(6)) {
          case 0, 1 -> proxy.resetConnections();
          case 2 -> proxy.cut();
          case 3 -> proxy.blackhole();
          case 4 -> proxy.cutAfter(random.nextInt(4_000_000));
          default -> proxy.cutAfter(random.nextInt(60_000));
        }
        boolean ended = isOverAfter(200 + random.nextInt(3_500));
        proxy.restore();
        if (ended) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isOverAfter(int milliseconds) throws InterruptedException {
    return over.await(milliseconds, TimeUnit.MILLISECONDS);
  }

  /** Ends them; returns once the link is whole. */
  @Override
  public void close() {
    over.countDown();
    Uninterruptibles.joinUninterruptibly(thread);
    proxy.restore();
  }

  /** How often the link was broken; to be asked after {@link #close}. */
  int count() {
    return count;
  }
}
