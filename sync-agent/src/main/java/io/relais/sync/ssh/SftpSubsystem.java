package io.relais.sync.ssh;

import io.relais.openssh.HopChain;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannel;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpConnectionException;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.ConnectionService;
import org.jspecify.annotations.Nullable;

/** Opens an SFTP channel in a session, and says whose fault it is when that fails. */
public final class SftpSubsystem {
  /** For the channel, and once more for the server's greeting. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private SftpSubsystem() {}

  private static final int TRIES = 4;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  /** What is made of an SFTP channel. */
  public interface Setup<T> {
    T on(SftpClient client) throws IOException;
  }

  /**
   * Opens a channel and makes something of it; the channel is closed again if that fails.
   *
   * @param channels gets it, from before it is open
   * @throws TargetUnavailableException if the connection is lost, or silent: then it is closed
   * @throws TargetRefusedException if the server has no SFTP for this account
   */
  public static <T> T open(
      String alias,
      HopChain chain,
      ClientSession session,
      ResponseTimeouts responseTimeouts,
      SftpChannelGroup channels,
      Setup<T> setup)
      throws IOException {
    for (int i = 0; ; i++) {
      try {
        return openOnce(alias, chain, session, responseTimeouts, channels, setup);
      } catch (SshChannelOpenException e) {
        if (i == TRIES - 1) {
          throw refused(alias, chain, e);
        }
        pause(i);
      } catch (EndedAtOnceException e) {
        if (i == TRIES - 1) {
          throw refused(alias, chain, e.lost);
        }
        pause(i);
      }
    }
  }

  /**
   * The server ended the channel without a word, which may be by mistake: dropbear 2022.83 does so
   * where something happens on another channel before it has started the SFTP server.
   */
  private static final class EndedAtOnceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final TargetUnavailableException lost;

    EndedAtOnceException(TargetUnavailableException lost) {
      super(lost);
      this.lost = lost;
    }
  }

  /** A server counts a channel that was just closed until its process there has ended. */
  private static void pause(int tries) throws InterruptedIOException {
    try {
      Thread.sleep(FIRST_PAUSE.multipliedBy(1L << tries));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while opening an SFTP channel");
    }
  }

  private static <T> T openOnce(
      String alias,
      HopChain chain,
      ClientSession session,
      ResponseTimeouts responseTimeouts,
      SftpChannelGroup channels,
      Setup<T> setup)
      throws IOException, EndedAtOnceException {
    SftpChannel channel = channels.add(new SftpChannel());
    boolean done = false;
    try {
      T made = setup.on(open(channel, session, responseTimeouts));
      done = true;
      return made;
    } catch (TargetUnavailableException e) {
      if (!session.isOpen() || !channel.isEndedByServer()) {
        throw e;
      }
      if (!channel.hasSpoken()) {
        throw new EndedAtOnceException(e);
      }
      // The server has ended the channel, or said what is no SFTP, and nothing else is wrong.
      throw refused(alias, chain, e);
    } finally {
      if (!done) {
        channel.end();
      }
    }
  }

  /** Opens one more beside the first; null if there can't be more: that does no harm. */
  static @Nullable SftpClient another(
      ClientSession session, ResponseTimeouts responseTimeouts, SftpChannelGroup channels) {
    SftpChannel channel = channels.add(new SftpChannel());
    try {
      session.getService(ConnectionService.class).registerChannel(channel);
      channel.open().verify(LIMIT);
      return new SftpClient(channel, LIMIT, responseTimeouts);
    } catch (IOException | IllegalStateException e) {
      channel.end();
      return null;
    }
  }

  private static SftpClient open(
      SftpChannel channel, ClientSession session, ResponseTimeouts responseTimeouts)
      throws IOException {
    open(channel, session);
    try {
      return new SftpClient(channel, LIMIT, responseTimeouts);
    } catch (SftpConnectionException e) {
      throw new TargetUnavailableException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void open(SftpChannel channel, ClientSession session) throws IOException {
    try {
      session.getService(ConnectionService.class).registerChannel(channel);
      channel.open().verify(LIMIT);
    } catch (IOException | IllegalStateException e) {
      SshChannelOpenException refusal = SshFailures.refusedChannel(e);
      if (refusal != null) {
        throw refusal;
      }
      session.close(true);
      throw new TargetUnavailableException("the connection was lost", e);
    }
  }

  private static TargetRefusedException refused(String alias, HopChain chain, IOException failure) {
    String user = chain.target().user();
    return new TargetRefusedException(
        failure instanceof SshChannelOpenException
            ? "%s opens no session for %s (%s): each mirror needs one, and MaxSessions of its sshd_config, ten by default, says how many there may be"
                .formatted(alias, user, failure.getMessage())
            : alias + " does not offer SFTP to " + user + ": " + failure.getMessage(),
        failure);
  }
}
