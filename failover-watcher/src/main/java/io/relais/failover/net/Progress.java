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
 * How far one call came, how long each part took, and when it has to be given up. Events come from
 * the call's thread and from those that connect; the caller waits in {@link #await}.
 *
 * <p>The library's own limits are off: they start anew with each read, so a server that sends a
 * byte now and then would hold a call for ever.
 */
final class Progress extends EventListener {
  /** The parts of a call, in order. */
  enum Part {
    START,
    NAME,
    CONNECT,
    TLS,
    SEND,
    HEADERS,
    BODY
  }

  /** An address that led to no usable connection, and whether its TCP connection stood. */
  record Failed(InetSocketAddress address, boolean connected, IOException cause) {}

  private final HttpLimits limits;
  private final boolean named;
  private final long start = System.nanoTime();

  @GuardedBy("this")
  private final Map<Part, Long> spent = new EnumMap<>(Part.class);

  @GuardedBy("this")
  private final List<Failed> failed = new ArrayList<>();

  @GuardedBy("this")
  private Part part = Part.START;

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
  Progress(HttpLimits limits, boolean named) {
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
    enter(part);
    ended = true;
    notifyAll();
  }

  /** Where the call is, or was when it ended. */
  synchronized Part part() {
    return part;
  }

  synchronized ImmutableList<Failed> failed() {
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
    enter(part);
    return new HttpTimings(
        spent(Part.NAME),
        spent(Part.CONNECT),
        spent(Part.TLS),
        spent(Part.HEADERS),
        Duration.ofNanos(since - start));
  }

  @Override
  public synchronized void dnsStart(Call call, String domainName) {
    if (named) {
      enter(Part.NAME);
    }
  }

  @Override
  public synchronized void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
    if (part.compareTo(Part.CONNECT) <= 0) {
      tried = address;
      enter(Part.CONNECT);
    }
  }

  @Override
  public synchronized void secureConnectStart(Call call) {
    handshaker = Thread.currentThread();
    enter(Part.TLS);
  }

  @Override
  public synchronized void secureConnectEnd(Call call, @Nullable Handshake handshake) {
    enter(Part.SEND);
  }

  @Override
  public synchronized void connectEnd(
      Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
    tried = address;
    enter(Part.SEND);
  }

  /** Comes for an address that another one outran, too; from another thread than TLS's. */
  @Override
  public synchronized void connectFailed(
      Call call,
      InetSocketAddress address,
      Proxy proxy,
      @Nullable Protocol protocol,
      IOException cause) {
    boolean connected = part == Part.TLS && Thread.currentThread().equals(handshaker);
    if (!ended) {
      failed.add(new Failed(address, connected, cause));
    }
    if (connected) {
      tried = address;
      enter(Part.CONNECT);
    }
  }

  @Override
  public synchronized void requestHeadersEnd(Call call, Request request) {
    if (request.body() == null) {
      enter(Part.HEADERS);
    }
  }

  @Override
  public synchronized void requestBodyEnd(Call call, long bytes) {
    enter(Part.HEADERS);
  }

  @Override
  public synchronized void responseHeadersEnd(Call call, Response response) {
    head = response;
    enter(Part.BODY);
  }

  @GuardedBy("this")
  private void enter(Part next) {
    if (!ended) {
      long now = System.nanoTime();
      spent.merge(part, now - since, Long::sum);
      since = now;
      part = next;
      notifyAll();
    }
  }

  @GuardedBy("this")
  private long left() {
    long now = System.nanoTime();
    long whole = limits.whole().toNanos() - (now - start);
    long before = spent.getOrDefault(part, 0L);
    return limit(part)
        .map(limit -> Math.min(whole, limit.toNanos() - before - (now - since)))
        .orElse(whole);
  }

  /**
   * What a part has beside the whole; one that comes again, at another address, has what is left.
   */
  private Optional<Duration> limit(Part part) {
    return switch (part) {
      case CONNECT -> Optional.of(limits.connect());
      case TLS -> Optional.of(limits.tls());
      case HEADERS -> Optional.of(limits.firstByte());
      case START, NAME, SEND, BODY -> Optional.empty();
    };
  }

  @GuardedBy("this")
  private Optional<Duration> spent(Part part) {
    return Optional.ofNullable(spent.get(part)).map(Duration::ofNanos);
  }
}
