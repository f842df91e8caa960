package io.relais.sync.ssh;

import com.google.common.collect.ImmutableList;
import io.relais.common.FileRights;
import io.relais.common.FileRights.UnsafeFileException;
import io.relais.openssh.KnownHosts;
import io.relais.openssh.ResolvedHost;
import io.relais.sync.remote.TargetRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * One hop of a connection that is being made, attached to its session.
 *
 * @param direct whether it is dialled from here, not through a bastion
 * @param refusal set when its host key was refused, to what the operator should read
 * @param secured set once the keys are exchanged
 * @param greeting what the peer says until then
 */
record Hop(
    ResolvedHost host,
    KnownHosts knownHosts,
    boolean direct,
    AtomicReference<@Nullable String> refusal,
    AtomicBoolean secured,
    PeerBanner greeting) {
  static final AttributeKey<Hop> KEY = new AttributeKey<>();

  /**
   * Makes one, and reads its known_hosts files.
   *
   * @param greeting takes what the peer says
   * @throws TargetRefusedException if others could write to one of them (the user's to fix)
   */
  static Hop of(ResolvedHost host, boolean direct, PeerBanner greeting)
      throws TargetRefusedException {
    var files =
        ImmutableList.<Path>builder()
            .addAll(host.userKnownHostsFiles())
            .addAll(host.globalKnownHostsFiles())
            .build();
    for (Path file : files) {
      requireUnchangeable(file, host);
    }
    return new Hop(
        host,
        KnownHosts.read(files),
        direct,
        new AtomicReference<>(),
        new AtomicBoolean(),
        greeting);
  }

  /** An account that may write to such a file decides which host is the right one. */
  private static void requireUnchangeable(Path file, ResolvedHost host)
      throws TargetRefusedException {
    try {
      FileRights.ofThisProcess().requireUnchangeable(file);
    } catch (UnsafeFileException e) {
      throw new TargetRefusedException(
          "the host key of " + host.alias() + " can't be checked: " + e.getMessage());
    } catch (IOException e) {
      // Most are not there; what can't be read is told where it is read.
    }
  }

  /** How the hop is called in messages. */
  String label() {
    return host.alias() + " (" + host.hostName() + ":" + host.port() + ")";
  }
}
