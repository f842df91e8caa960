package io.relais.sync.ssh;

import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sftp.SftpClient;
import java.io.IOException;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/**
 * Opens SFTP channels beside the first of a target: in its connection, or, where the server may
 * confuse them, each in one of its own. Safe for use by many threads.
 */
public final class ChannelOpener {
  private final ClientSession session;
  private final Connector connector;
  private final ResponseTimeouts responseTimeouts;
  private final SessionBudget spare;
  private final SftpChannelGroup channels;
  private final boolean shared;

  /** Makes one more connection to the same host. */
  interface Connector {
    ClientSession beside(ClientSession session) throws IOException;
  }

  /**
   * Prepares it.
   *
   * @param shared whether the connection may have several channels at once
   */
  ChannelOpener(
      ClientSession session,
      Connector connector,
      ResponseTimeouts responseTimeouts,
      SessionBudget spare,
      SftpChannelGroup channels,
      boolean shared) {
    this.session = session;
    this.connector = connector;
    this.responseTimeouts = responseTimeouts;
    this.spare = spare;
    this.channels = channels;
    this.shared = shared;
  }

  /** Whether the server is not known to be one that keeps several channels apart. */
  public boolean isForOneOnly() {
    return !shared && !ServerQuirks.keepChannelsApart(String.valueOf(session.getServerVersion()));
  }

  /** What the server calls itself, for messages. */
  public String server() {
    return ServerQuirks.shown(session);
  }

  /** Opens one more; null if there are enough, or the server refuses. */
  public @Nullable SftpClient open() {
    if (!spare.take()) {
      return null;
    }
    SftpClient client =
        shared ? SftpSubsystem.another(session, responseTimeouts, channels) : openConnection();
    if (client == null) {
      spare.refuse();
    } else {
      client.channel().addCloseFutureListener(ended -> spare.giveBack());
    }
    return client;
  }

  /**
   * Opens one on a connection of its own, which is closed with it; null if it can't be had. When it
   * breaks while the first goes on, there may soon be no more of them: better one that lasts.
   */
  public @Nullable SftpClient openConnection() {
    if (!spare.mayConnect()) {
      return null;
    }
    ClientSession made;
    try {
      made = connector.beside(session);
    } catch (IOException e) {
      spare.broken();
      return null;
    }
    SftpClient client = SftpSubsystem.another(made, responseTimeouts, channels);
    if (client == null) {
      spare.broken();
      made.close(true);
      return null;
    }
    client
        .channel()
        .addCloseFutureListener(
            ended -> {
              if (client.channel().isEndedByServer() || made.isClosing()) {
                spare.broken();
              }
              made.close(false);
            });
    return client;
  }

  /** A file has come through such connections. */
  public void proven() {
    spare.proven();
  }
}
