package io.relais.sync.target.sftp;

import java.time.Duration;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/** Opens SFTP channels beside the first of a target. Safe for use by many threads. */
final class MoreChannels {
  private final ClientSession session;
  private final Duration answerLimit;
  private final SpareSessions spare;

  MoreChannels(ClientSession session, Duration answerLimit, SpareSessions spare) {
    this.session = session;
    this.answerLimit = answerLimit;
    this.spare = spare;
  }

  /** Opens one more in the same connection; null if there are enough, or the server refuses. */
  @Nullable SftpClient open() {
    if (!spare.take()) {
      return null;
    }
    SftpClient client = SftpOpener.another(session, answerLimit);
    if (client == null) {
      spare.refuse();
    } else {
      client.channel().addCloseFutureListener(ended -> spare.giveBack());
    }
    return client;
  }
}
