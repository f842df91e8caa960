package io.relais.failover.net;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * How far one call came, how long each phase took, and when it has to be given up. Events come from
 * the call's thread and from those that connect; the caller waits in {@link #await}.
 *
 * <p>The library's own limits are off: they start again with each read, so a server that sends a
 * byte now and then would hold a call for ever.
 */
final class CallProgress extends EventListener {
  /** The phases of a call, in order. */
  enum Phase {
    START,
    NAME,
    CONNECT,
    TLS,
    SEND,
    HEADERS,
    BODY
  }

  /** An address that led to no usable connection, and whether its TCP connection stood. */
  record FailedAddress(InetSocketAddress address, boolean connected, IOException cause) {}

  private final HttpLimits limits;
  private final boolean named;
  private final long start = System.nanoTime();

  @GuardedBy("this")
  private final Map<Phase, Long> spent = new EnumMap<>(Phase.class);

  @GuardedBy("this")
  private final List<FailedAddress> failed = new ArrayList<>();

  @GuardedBy("this")
  private Phase phase = Phase.START;

  @GuardedBy("this")
  private long since = start;

  @GuardedBy("this")
  private boolean ended;

  @GuardedBy("this")
  private @Nullable Thread handshaker;

  @GuardedBy("this")
  private @Nullable InetSocketAddress tried;

  @GuardedBy("this")
  private @Nullable Response head;

  /** {@code named}: whether a name is looked up; a pinned address is taken for what one led to. */
  CallProgress(HttpLimits limits, boolean named) {
    this.limits = limits;
    this.named = named;
  }

  /** Waits until the call ended or a limit passed. Returns whether it ended. */
  synchronized boolean await() throws InterruptedException {
    while (!ended) {
      long left = left();
      if (left <= 0) {
        end();
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /** The call is over, well or not: what comes later no longer counts. */
  synchronized void end() {
    enter(phase);
    ended = true;
    notifyAll();
  }

  /** Where the call is, or was when it ended. */
  synchronized Phase phase() {
    return phase;
  }

  synchronized ImmutableList<FailedAddress> failed() {
    return ImmutableList.copyOf(failed);
  }

  /** The address that was connected to, or tried last. */
  synchronized Optional<InetSocketAddress> address() {
    return Optional.ofNullable(tried);
  }

  /** The reply's status and headers as the server sent them, once they are there. */
  synchronized Response head() {
    if (head == null) {
      throw new IllegalStateException("no reply yet");
    }
    return head;
  }

  synchronized HttpTimings timings() {
    enter(phase);
    return new HttpTimings(
        spent(Phase.NAME),
        spent(Phase.CONNECT),
        spent(Phase.TLS),
        spent(Phase.HEADERS),
        Duration.ofNanos(since - start));
  }

  @Override
  public synchronized void dnsStart(Call call, String domainName) {
    if (named) {
      enter(Phase.NAME);
    }
  }

  @Override
  public synchronized void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
    if (phase.compareTo(Phase.CONNECT) <= 0) {
      tried = address;
      enter(Phase.CONNECT);
    }
  }

  @Override
  public synchronized void secureConnectStart(Call call) {
    handshaker = Thread.currentThread();
    enter(Phase.TLS);
  }

  @Override
  public synchronized void secureConnectEnd(Call call, @Nullable Handshake handshake) {
    enter(Phase.SEND);
  }

  @Override
  public synchronized void connectEnd(
      Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
    tried = address;
    enter(Phase.SEND);
  }

  /** Comes for an address that another one outran, too; from another thread than TLS's. */
  @Override
  public synchronized void connectFailed(
      Call call,
      InetSocketAddress address,
      Proxy proxy,
      @Nullable Protocol protocol,
      IOException cause) {
    boolean connected = phase == Phase.TLS && Thread.currentThread().equals(handshaker);
    if (!ended) {
      failed.add(new FailedAddress(address, connected, cause));
    }
    if (connected) {
      tried = address;
      enter(Phase.CONNECT);
    }
  }

  @Override
  public synchronized void requestHeadersEnd(Call call, Request request) {
    if (request.body() == null) {
      enter(Phase.HEADERS);
    }
  }

  @Override
  public synchronized void requestBodyEnd(Call call, long bytes) {
    enter(Phase.HEADERS);
  }

  @Override
  public synchronized void responseHeadersEnd(Call call, Response response) {
    head = response;
    enter(Phase.BODY);
  }

  @GuardedBy("this")
  private void enter(Phase next) {
    if (!ended) {
      long now = System.nanoTime();
      spent.merge(phase, now - since, Long::sum);
      since = now;
      phase = next;
      notifyAll();
    }
  }

  @GuardedBy("this")
  private long left() {
    long now = System.nanoTime();
    long whole = limits.whole().toNanos() - (now - start);
    long before = spent.getOrDefault(phase, 0L);
    return limit(phase)
        .map(limit -> Math.min(whole, limit.toNanos() - before - (now - since)))
        .orElse(whole);
  }

  /**
   * What limit a phase has besides the whole; one that comes again, at another address, has what is
   * left.
   */
  private Optional<Duration> limit(Phase phase) {
    return switch (phase) {
      case CONNECT -> Optional.of(limits.connect());
      case TLS -> Optional.of(limits.tls());
      case HEADERS -> Optional.of(limits.firstByte());
      case START, NAME, SEND, BODY -> Optional.empty();
    };
  }

  @GuardedBy("this")
  private Optional<Duration> spent(Phase phase) {
    return Optional.ofNullable(spent.get(phase)).map(Duration::ofNanos);
  }
}
