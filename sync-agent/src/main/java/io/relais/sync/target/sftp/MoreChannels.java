package io.relais.sync.target.sftp;

import java.io.IOException;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/**
 * Opens SFTP channels beside the first of a target: in its connection, or, where the server may
 * confuse them, each in one of its own. Safe for use by many threads.
 */
final class MoreChannels {
  private final ClientSession session;
  private final Connector connector;
  private final AnswerLimits answerLimits;
  private final SpareSessions spare;
  private final OpenChannels channels;
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
  MoreChannels(
      ClientSession session,
      Connector connector,
      AnswerLimits answerLimits,
      SpareSessions spare,
      OpenChannels channels,
      boolean shared) {
    this.session = session;
    this.connector = connector;
    this.answerLimits = answerLimits;
    this.spare = spare;
    this.channels = channels;
    this.shared = shared;
  }

  /** Whether the server is not known to be one that keeps several channels apart. */
  boolean isForOneOnly() {
    return !shared && !KnownServers.keepChannelsApart(String.valueOf(session.getServerVersion()));
  }

  /** What the server calls itself, for messages. */
  String server() {
    return KnownServers.shown(session);
  }

  /** Opens one more; null if there are enough, or the server refuses. */
  @Nullable SftpClient open() {
    if (!spare.take()) {
      return null;
    }
    SftpClient client =
        shared ? SftpOpener.another(session, answerLimits, channels) : openConnection();
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
  @Nullable SftpClient openConnection() {
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
    SftpClient client = SftpOpener.another(made, answerLimits, channels);
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
  void proven() {
    spare.proven();
  }
}
