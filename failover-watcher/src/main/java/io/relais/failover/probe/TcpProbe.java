package io.relais.failover.probe;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import io.relais.common.DurationFormat;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.net.SystemResolver;
import io.relais.failover.net.Urls;
import io.relais.failover.probe.ProbeResult.Failure;
import io.relais.failover.probe.ProbeResult.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Whether a TCP connection is accepted; it is closed at once. */
final class TcpProbe {
  ProbeResult probe(ProbeSpec.Tcp spec, Optional<InetAddress> at) throws InterruptedException {
    long start = System.nanoTime();
    Attempt attempt = new Attempt(spec.target(), at, spec.timeout());
    Optional<Failure> failure = failure(spec, attempt);
    HttpTimings timings = attempt.timings(Duration.ofNanos(System.nanoTime() - start));
    return new ProbeResult(
        spec.name(), attempt.where(), failure, timings, Optional.empty(), Optional.empty(), false);
  }

  private static Optional<Failure> failure(ProbeSpec.Tcp spec, Attempt attempt)
      throws InterruptedException {
    try {
      return TimeLimited.run("tcp " + spec.target(), spec.timeout(), attempt::connect);
    } catch (TimeoutException e) {
      return Optional.of(attempt.late());
    } catch (ExecutionException e) {
      throw new IllegalStateException("probe " + spec.name(), e.getCause());
    }
  }

  /**
   * One attempt to connect: the name is looked up, and its addresses are tried in turn, each with
   * its share of the time that is left, so that one that is silent does not hide the next.
   */
  private static final class Attempt {
    private final HostAndPort target;
    private final Optional<InetAddress> at;
    private final Duration limit;
    private final long start = System.nanoTime();
    private volatile @Nullable Duration named;
    private volatile @Nullable Duration connected;
    private volatile @Nullable InetAddress tried;

    Attempt(HostAndPort target, Optional<InetAddress> at, Duration limit) {
      this.target = target;
      this.at = at;
      this.limit = limit;
    }

    /** Returns why there is no connection; empty if there was one. */
    Optional<Failure> connect() {
      ImmutableList<InetAddress> addresses;
      try {
        addresses = addresses();
      } catch (UnknownHostException e) {
        return Optional.of(
            new Failure(Status.NAME, target.getHost() + " does not resolve (no such host)"));
      }
      Optional<Failure> refused = Optional.empty();
      Optional<Failure> unreachable = Optional.empty();
      for (int i = 0; i < addresses.size(); i++) {
        Optional<Failure> failure = connect(addresses.get(i), addresses.size() - i);
        if (failure.isEmpty()) {
          return failure;
        }
        if (failure.get().kind() == Status.REFUSED) {
          refused = refused.or(() -> failure);
        } else {
          unreachable = unreachable.or(() -> failure);
        }
      }
      return refused.isPresent() ? refused : unreachable;
    }

    /** What it means that the time is over. */
    Failure late() {
      @Nullable InetAddress address = tried;
      return address == null
          ? new Failure(
              Status.NAME,
              "the lookup of " + target.getHost() + " timed out after " + DurationFormat.of(limit))
          : late(address);
    }

    String where() {
      @Nullable InetAddress address = tried;
      return address == null ? target.toString() : Urls.hostAndPort(address, target.getPort());
    }

    HttpTimings timings(Duration whole) {
      return new HttpTimings(
          Optional.ofNullable(named),
          Optional.ofNullable(connected),
          Optional.empty(),
          Optional.empty(),
          whole);
    }

    private ImmutableList<InetAddress> addresses() throws UnknownHostException {
      if (at.isPresent()) {
        return ImmutableList.of(at.get());
      }
      ImmutableList<InetAddress> found = SystemResolver.lookup(target.getHost(), Optional.empty());
      named = since(start);
      return found;
    }

    private Optional<Failure> connect(InetAddress address, int sharers) {
      long began = System.nanoTime();
      tried = address;
      // A channel, since an interrupt closes it.
      try (SocketChannel channel = SocketChannel.open()) {
        channel
            .socket()
            .connect(new InetSocketAddress(address, target.getPort()), milliseconds(sharers));
        connected = since(began);
        return Optional.empty();
      } catch (SocketTimeoutException e) {
        return Optional.of(late(address));
      } catch (ConnectException e) {
        return Optional.of(new Failure(Status.REFUSED, peer(address) + " refused"));
      } catch (IOException e) {
        return Optional.of(new Failure(Status.UNREACHABLE, "cannot connect to " + peer(address)));
      }
    }

    private int milliseconds(int sharers) {
      long share = limit.minus(since(start)).toMillis() / sharers;
      return Math.clamp(share, 1, Integer.MAX_VALUE);
    }

    private Failure late(InetAddress address) {
      return new Failure(
          Status.UNREACHABLE,
          "no connection to " + peer(address) + " within " + DurationFormat.of(limit));
    }

    private String peer(InetAddress address) {
      return Urls.hostAndPort(address, target.getPort());
    }

    private static Duration since(long nanos) {
      return Duration.ofNanos(System.nanoTime() - nanos);
    }
  }
}
