package io.relais.sync.target.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Backoff;
import io.relais.sync.openssh.HopChain;
import io.relais.sync.target.TargetRefusedException;
import io.relais.sync.target.TargetUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.ConnectionService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection to a host, for all mirrors there. It is made when first needed, and again when
 * it was lost, but not more often than the backoff allows, however many ask: in between, they get
 * the last failure and the time of the next try.
 *
 * <p>Safe for use by many threads.
 */
final class HostLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostLink.class);
  private static final Duration CHANNEL_LIMIT = Duration.ofSeconds(30);

  private final String alias;
  private final HopChain chain;
  private final SshConnector connector;
  private final Backoff backoff;
  private final InstantSource clock;

  @GuardedBy("this")
  private @Nullable ClientSession session;

  @GuardedBy("this")
  private @Nullable IOException lastFailure;

  @GuardedBy("this")
  private Instant nextTry = Instant.MIN;

  HostLink(
      String alias, HopChain chain, SshConnector connector, Backoff backoff, InstantSource clock) {
    this.alias = alias;
    this.chain = chain;
    this.connector = connector;
    this.backoff = backoff;
    this.clock = clock;
  }

  /**
   * Opens an SFTP channel, with a connection first if there is none.
   *
   * @throws TargetUnavailableException with the time of the next try, if it can't be reached
   * @throws TargetRefusedException if it may not be used
   */
  SftpClient open(Duration answerLimit) throws IOException {
    ClientSession current = connected();
    SftpChannel channel = new SftpChannel();
    try {
      current.getService(ConnectionService.class).registerChannel(channel);
      channel.open().verify(CHANNEL_LIMIT);
      return new SftpClient(channel, answerLimit);
    } catch (IOException | RuntimeException e) {
      channel.close(true);
      if (current.isOpen()) {
        throw new TargetRefusedException(
            alias + " does not offer SFTP to " + chain.target().user() + ": " + e.getMessage(), e);
      }
      throw new TargetUnavailableException("the connection to " + alias + " was lost", e);
    }
  }

  private synchronized ClientSession connected() throws IOException {
    if (session != null && session.isOpen()) {
      return session;
    }
    if (lastFailure != null && clock.instant().isBefore(nextTry)) {
      throw again(lastFailure);
    }
    try {
      session = connector.connect(chain);
      LOG.info("connected to {}{}", alias, via());
      backoff.reset();
      lastFailure = null;
      return session;
    } catch (TargetUnavailableException | TargetRefusedException e) {
      nextTry = clock.instant().plus(backoff.next());
      lastFailure = e;
      throw again(e);
    }
  }

  private String via() {
    return chain.bastions().isEmpty()
        ? ""
        : " through " + String.join(", ", chain.bastions().stream().map(h -> h.alias()).toList());
  }

  private synchronized IOException again(IOException failure) {
    return failure instanceof TargetUnavailableException
        ? new TargetUnavailableException(String.valueOf(failure.getMessage()), failure, nextTry)
        : new TargetRefusedException(String.valueOf(failure.getMessage()), failure, nextTry);
  }

  @Override
  public synchronized void close() {
    if (session != null) {
      session.close(true);
    }
  }
}
