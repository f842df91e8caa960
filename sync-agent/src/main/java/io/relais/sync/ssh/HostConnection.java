package io.relais.sync.ssh;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Backoff;
import io.relais.openssh.HopChain;
import io.relais.openssh.ResolvedHost;
import io.relais.sftp.ListingMemoryBudget;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannel;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sftp.SftpClient;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.SpaceReservations;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.ssh.SshConnector.ConnectStage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to a host: one for all mirrors there, or one for each where the server may
 * confuse the channels of one. They are made when needed, and again when they were lost, but not
 * more often than the backoff allows, however many ask: in between, they get the last failure and
 * the time of the next try.
 *
 * <p>Safe for use by many threads.
 */
public final class HostConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostConnection.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);

  /** An operator has to act, and a server may lock out who tries a refused login too often. */
  private static final Duration FIRST_RETRY_WHEN_REFUSED = Duration.ofSeconds(30);

  private static final Duration LAST_RETRY_WHEN_REFUSED = Duration.ofMinutes(5);

  private final String alias;
  private final HopChain chain;
  private final SshConnector connector;
  private final InstantSource clock;

  @GuardedBy("this")
  private final Backoff unavailable = new Backoff(FIRST_RETRY, LAST_RETRY, new Random());

  @GuardedBy("this")
  private final Backoff refused =
      new Backoff(FIRST_RETRY_WHEN_REFUSED, LAST_RETRY_WHEN_REFUSED, new Random());

  @GuardedBy("this")
  private @Nullable IOException lastFailure;

  @GuardedBy("this")
  private Instant nextTry = Instant.MIN;

  private final SessionBudget spare = new SessionBudget();
  private final SpaceReservations reservations = new SpaceReservations();

  /** One host may fill it with what it says, and does that to its own mirrors alone. */
  private final ListingMemoryBudget room = ListingMemoryBudget.ofThisProcess();

  /** Read without the lock by {@link #close}, which must not wait for a connection to be made. */
  private volatile @Nullable ClientSession session;

  /** Those that one mirror has for itself. */
  private final Set<ClientSession> own = ConcurrentHashMap.newKeySet();

  /** How many connections in a row were ended for a server's silence. */
  private final AtomicInteger silences = new AtomicInteger();

  /** Null while nothing of the kind has happened. */
  private volatile @Nullable Garbled garbled;

  private volatile boolean closed;

  /** How far the connection is that is being made, by whichever mirror asked first. */
  private volatile @Nullable ConnectStage stage;

  public HostConnection(String alias, HopChain chain, SshConnector connector, InstantSource clock) {
    this.alias = alias;
    this.chain = chain;
    this.connector = connector;
    this.clock = clock;
  }

  /** Where a directory there is, for messages. */
  public RemoteLocation place(String path) {
    return new RemoteLocation(chain.target().user(), alias, path);
  }

  /** What is made of an SFTP channel, and of the way to have more. */
  public interface Setup<T> {
    T on(SftpClient client, ChannelOpener more) throws IOException;
  }

  /** What is under way here, of all mirrors. */
  public SpaceReservations reservations() {
    return reservations;
  }

  /** The memory for listings of all mirrors there. */
  public ListingMemoryBudget room() {
    return room;
  }

  /** One more mirror is going to {@link #open} a channel here. */
  public void expectMirror() {
    spare.leaveOne();
  }

  /**
   * Opens an SFTP channel, with a connection first if there is none that it may be in.
   *
   * @param wanted how many channels one connection may have
   * @param channels gets it, and those beside it, from before they are open
   * @throws TargetUnavailableException with the time of the next try, if it can't be reached
   * @throws TargetRefusedException likewise, if it may not be used
   */
  public <T> T open(
      ResponseTimeouts responseTimeouts, Channels wanted, SftpChannelGroup channels, Setup<T> setup)
      throws IOException {
    boolean wasConnected = isConnected();
    try {
      T made;
      try {
        made = openOnce(responseTimeouts, wanted, channels, setup);
      } catch (TargetUnavailableException e) {
        if (!wasConnected || isConnected()) {
          throw e;
        }
        // The connection that there was had been lost, and nobody knew: that is no failed try.
        made = openOnce(responseTimeouts, wanted, channels, setup);
      }
      succeeded();
      return made;
    } catch (TargetUnavailableException e) {
      throw e.nextTry().equals(Instant.MIN) ? failed(e) : e;
    } catch (TargetRefusedException e) {
      if (isConnected() && spare.makeRoom()) {
        // Those of other mirrors are closed once they are idle.
        throw failed(new TargetUnavailableException("no more channels are free just now", e));
      }
      throw e.nextTry().equals(Instant.MIN) ? failed(e) : e;
    }
  }

  private <T> T openOnce(
      ResponseTimeouts responseTimeouts, Channels wanted, SftpChannelGroup channels, Setup<T> setup)
      throws IOException {
    Connection connection = connected(wanted);
    ResponseTimeouts limits = responseTimeouts.after(silences.get());
    long begun = System.nanoTime();
    ClientSession current = connection.session();
    boolean shared = connection.shared();
    ChannelOpener more =
        new ChannelOpener(
            current,
            session -> connector.beside(session, chain),
            limits,
            shared ? spare : SessionBudget.ofConnections(),
            channels,
            shared);
    boolean done = false;
    try {
      T made =
          SftpSubsystem.open(
              alias,
              chain,
              current,
              limits,
              channels,
              client -> {
                client.channel().whenOver(() -> noteEnd(client.channel(), begun, limits));
                if (!shared) {
                  client.channel().addCloseFutureListener(ended -> current.close(false));
                }
                return setup.on(client, more);
              });
      done = true;
      return made;
    } finally {
      if (!done && !shared) {
        current.close(true);
      }
    }
  }

  /** One that lasted shows that the server is not that slow. */
  private void noteEnd(SftpChannel channel, long begun, ResponseTimeouts limits) {
    Duration lasted = Duration.ofNanos(System.nanoTime() - begun);
    if (lasted.compareTo(limits.disk()) > 0) {
      silences.set(0);
    }
    if (channel.isSilent()) {
      silences.incrementAndGet();
    }
    if (channel.isGarbled()) {
      garbled =
          Garbled.after(garbled, lasted.compareTo(limits.disk()) > 0, channel.whyOver(), clock);
    }
  }

  /**
   * What the server sent ended a connection: each time that happens again soon, the next is made
   * later, since each begins with a comparison of everything.
   *
   * @param times in a row
   */
  private record Garbled(int times, Instant until, String why) {
    static Garbled after(
        @Nullable Garbled before, boolean lasted, String why, InstantSource clock) {
      int times = before == null || lasted ? 1 : before.times() + 1;
      long seconds =
          Math.min(LAST_RETRY_WHEN_REFUSED.toSeconds(), (1L << Math.min(times - 1, 20)) - 1);
      return new Garbled(times, clock.instant().plusSeconds(seconds), why);
    }
  }

  /** Whether others may have channels in it too. */
  private record Connection(ClientSession session, boolean shared) {}

  /** A connection for one more channel: a new one where none is there that has room for it. */
  private synchronized Connection connected(Channels wanted) throws IOException {
    ClientSession current = wanted == Channels.ONE ? null : session;
    if (closed) {
      throw new TargetUnavailableException("the connection to " + alias + " is closed for good");
    }
    Garbled last = garbled;
    if (last != null && clock.instant().isBefore(last.until())) {
      throw new TargetUnavailableException(last.why(), null, last.until());
    }
    if (current != null && current.isOpen()) {
      return new Connection(current, true);
    }
    if (lastFailure != null && clock.instant().isBefore(nextTry)) {
      throw again(lastFailure);
    }
    ClientSession made;
    try {
      made = connector.connect(chain, stage -> this.stage = stage);
    } finally {
      stage = null;
    }
    boolean shared = ServerQuirks.mayShare(made, wanted);
    if (shared) {
      spare.reset();
      session = made;
    } else {
      own.add(made);
      made.addCloseFutureListener(ended -> own.remove(made));
    }
    if (closed) {
      made.close(true);
    }
    LOG.info("connected to {}{}", alias, via());
    return new Connection(made, shared);
  }

  /** What the connection that is being made waits for; null if none is. */
  public @Nullable RemoteWait connecting() {
    ConnectStage current = stage;
    return current == null ? null : current.waiting();
  }

  private boolean isConnected() {
    ClientSession current = session;
    return current != null && current.isOpen();
  }

  private synchronized void succeeded() {
    unavailable.reset();
    refused.reset();
    lastFailure = null;
  }

  private synchronized IOException failed(IOException failure) {
    Backoff backoff = failure instanceof TargetRefusedException ? refused : unavailable;
    nextTry = clock.instant().plus(backoff.next());
    lastFailure = failure;
    return again(failure);
  }

  @GuardedBy("this")
  private IOException again(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof TargetRefusedException
        ? new TargetRefusedException(message, failure, nextTry)
        : new TargetUnavailableException(message, failure, nextTry)
            .ofKind(
                failure instanceof TargetUnavailableException unreached
                    ? unreached.kind()
                    : message);
  }

  private String via() {
    List<String> bastions = chain.bastions().stream().map(ResolvedHost::alias).toList();
    return bastions.isEmpty() ? "" : " through " + String.join(", ", bastions);
  }

  /** Ends the connection, and keeps one that is being made from being used. Never waits. */
  @Override
  public void close() {
    closed = true;
    ClientSession current = session;
    if (current != null) {
      current.close(true);
    }
    own.forEach(each -> each.close(true));
  }
}
