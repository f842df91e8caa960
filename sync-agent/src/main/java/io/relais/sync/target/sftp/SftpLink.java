package io.relais.sync.target.sftp;

import io.relais.sync.target.ReservingTarget;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TargetLink;
import io.relais.sync.target.TemporaryNamer;
import io.relais.sync.target.Waiting;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The link of one mirror, over the connection that its host's mirrors share. */
final class SftpLink implements TargetLink {
  private final HostLink host;
  private final String alias;
  private final String root;
  private final TemporaryNamer names;
  private final TargetOptions options;
  private final AnswerLimits answerLimits;
  private final OpenChannels channels = new OpenChannels();
  private volatile boolean opening;

  /**
   * Prepares it; nothing is connected yet.
   *
   * @param alias of the host
   * @param root absolute, one character a byte, without a slash at the end
   */
  SftpLink(
      HostLink host,
      String alias,
      String root,
      TemporaryNamer names,
      TargetOptions options,
      AnswerLimits answerLimits) {
    this.host = host;
    this.alias = alias;
    this.root = root;
    this.names = names;
    this.options = options;
    this.answerLimits = answerLimits;
  }

  @Override
  public SyncTarget open(Runnable onLost) throws IOException {
    opening = true;
    try {
      return host.open(
          answerLimits,
          options.channels(),
          channels,
          (sftp, more) ->
              new ReservingTarget(
                  new SftpTarget(sftp, host.place(root), names, options, more, host.room(), onLost),
                  host.ledger(),
                  options.reserve()::of));
    } finally {
      opening = false;
    }
  }

  @Override
  public @Nullable Waiting waiting() {
    Waiting connecting = opening ? host.connecting() : null;
    return connecting == null ? channels.waiting() : connecting;
  }

  @Override
  public String destination() {
    return alias;
  }
}
