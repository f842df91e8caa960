package io.relais.testbed.ssh;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Tampering;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Makes the backup of a {@link LoopbackLink} a hostile or a broken SFTP server: right by default,
 * and wrong in as many ways at once as a test asks for. Channels that are open change with it.
 *
 * <p>For use by many threads.
 */
public final class HostileSftp implements Tampering {
  private static final int MOST_RECORDED = 100_000;

  /** More than two paths have. */
  private static final int MOST_KEPT = 9_000;

  private final List<Misbehaviour> misbehaviours = new CopyOnWriteArrayList<>();
  private final Queue<byte[]> requests = new ConcurrentLinkedQueue<>();
  private volatile Predicate<byte[]> held = request -> false;
  private volatile CountDownLatch released = new CountDownLatch(1);
  private volatile Duration perByte = Duration.ZERO;
  private final AtomicInteger recorded = new AtomicInteger();

  /** A way to answer wrongly. */
  @FunctionalInterface
  public interface Misbehaviour {
    /**
     * What is sent in place of a packet: packets or any other bytes, nothing or more.
     *
     * @param request what the client asked, as {@link SftpPackets} reads it
     * @param reply what would be sent otherwise
     */
    List<byte[]> instead(byte[] request, byte[] reply);

    /** The same for requests of one type; others are answered as they would be. */
    static Misbehaviour on(int type, Misbehaviour then) {
      return (request, reply) ->
          SftpPackets.type(request) == type ? then.instead(request, reply) : List.of(reply);
    }
  }

  private HostileSftp() {}

  /** Takes over what the backup says, without changing it yet. */
  public static HostileSftp at(LoopbackLink link) {
    HostileSftp hostile = new HostileSftp();
    link.tamper(hostile);
    return hostile;
  }

  /** Adds a way to misbehave; each changes what those before it would say. */
  public HostileSftp add(Misbehaviour misbehaviour) {
    misbehaviours.add(misbehaviour);
    return this;
  }

  /** Answers requests of one type in another way. */
  public HostileSftp on(int type, Misbehaviour then) {
    return add(Misbehaviour.on(type, then));
  }

  /** Behaves from now on; what is held is said. */
  public void behave() {
    misbehaviours.clear();
    perByte = Duration.ZERO;
    release();
  }

  /**
   * Says nothing more, from the first request that matches on, until {@link #release}: each channel
   * answers in the order of the requests, so those that follow are held too.
   *
   * @param request is asked with each request, as {@link SftpPackets} reads it
   */
  public void hold(Predicate<byte[]> request) {
    released = new CountDownLatch(1);
    held = request;
  }

  /** Holds all replies. */
  public void hold() {
    hold(request -> true);
  }

  /** Never greets: accepts the subsystem, and leaves {@code SSH_FXP_INIT} without an answer. */
  public void holdGreeting() {
    hold(request -> SftpPackets.type(request) == SftpPackets.INIT);
  }

  /** Ends a {@link #hold}: what was held is said. */
  public void release() {
    held = request -> false;
    released.countDown();
  }

  /** Says everything byte by byte, each so long after the one before; at once for zero. */
  public void drip(Duration each) {
    perByte = each;
  }

  /**
   * The first 100,000 requests so far, as {@link SftpPackets} reads them; of each write only the
   * beginning.
   */
  public List<byte[]> requests() {
    return List.copyOf(requests);
  }

  /** The same, and forgets them: the next 100,000 are kept from now on. */
  public List<byte[]> takeRequests() {
    List<byte[]> taken = requests();
    requests.clear();
    recorded.set(0);
    return taken;
  }

  @Override
  public void answer(byte[] request, byte[] reply, Wire wire) throws IOException {
    byte[] asked = SftpPackets.framed(request);
    if (recorded.getAndIncrement() < MOST_RECORDED) {
      requests.add(Arrays.copyOf(asked, Math.min(asked.length, MOST_KEPT)));
    }
    try {
      if (held.test(asked)) {
        released.await();
      }
      List<byte[]> said = List.of(SftpPackets.framed(reply));
      for (Misbehaviour each : misbehaviours) {
        said = said.stream().flatMap(one -> each.instead(asked, one).stream()).toList();
      }
      for (byte[] bytes : said) {
        say(bytes, wire);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the channel ended");
    }
  }

  private void say(byte[] bytes, Wire wire) throws IOException, InterruptedException {
    if (perByte.isZero()) {
      wire.send(bytes);
      return;
    }
    for (byte each : bytes) {
      wire.send(new byte[] {each});
      Thread.sleep(perByte);
    }
  }
}
