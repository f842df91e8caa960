package io.relais.sync.remote.sftp;

import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sftp.SftpWait;
import io.relais.sync.remote.AbsenceCheckingTarget;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.SpaceReservingTarget;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.HostConnection;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The link of one mirror, over the connection that its host's mirrors share. */
final class SftpTargetConnector implements TargetConnector {
  private final HostConnection host;
  private final String alias;
  private final String root;
  private final TemporaryNameGenerator names;
  private final TargetOptions options;
  private final ResponseTimeouts responseTimeouts;
  private final SftpChannelGroup channels = new SftpChannelGroup();
  private volatile boolean opening;

  /**
   * Prepares it; nothing is connected yet.
   *
   * @param alias of the host
   * @param root absolute, one character a byte, without a slash at the end
   */
  SftpTargetConnector(
      HostConnection host,
      String alias,
      String root,
      TemporaryNameGenerator names,
      TargetOptions options,
      ResponseTimeouts responseTimeouts) {
    this.host = host;
    this.alias = alias;
    this.root = root;
    this.names = names;
    this.options = options;
    this.responseTimeouts = responseTimeouts;
  }

  @Override
  public SyncTarget open(Runnable onLost) throws IOException {
    opening = true;
    try {
      return host.open(
          responseTimeouts,
          options.channels(),
          channels,
          (sftp, more) -> {
            SftpTarget target =
                new SftpTarget(sftp, host.place(root), names, options, more, host.room(), onLost);
            return new SpaceReservingTarget(
                new AbsenceCheckingTarget(target, target::requireGate),
                host.reservations(),
                options.reserve()::of);
          });
    } finally {
      opening = false;
    }
  }

  @Override
  public @Nullable RemoteWait waiting() {
    RemoteWait connecting = opening ? host.connecting() : null;
    SftpWait owed = connecting == null ? channels.waiting() : null;
    return owed == null
        ? connecting
        : new RemoteWait("the backup to " + CopyGate.shown(owed.what()), owed.time());
  }

  @Override
  public String destination() {
    return alias;
  }
}
