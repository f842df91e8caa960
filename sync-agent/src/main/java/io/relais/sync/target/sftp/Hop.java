package io.relais.sync.target.sftp;

import com.google.common.collect.ImmutableList;
import io.relais.sync.openssh.KnownHosts;
import io.relais.sync.openssh.ResolvedHost;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * One hop of a connection that is being made, attached to its session.
 *
 * @param direct whether it is dialled from here, not through a bastion
 * @param refusal set when its host key was refused, to what a person should read
 * @param secured set once the keys are exchanged
 */
record Hop(
    ResolvedHost host,
    KnownHosts knownHosts,
    boolean direct,
    AtomicReference<@Nullable String> refusal,
    AtomicBoolean secured) {
  static final AttributeKey<Hop> KEY = new AttributeKey<>();

  static Hop of(ResolvedHost host, boolean direct) {
    var files =
        ImmutableList.<Path>builder()
            .addAll(host.userKnownHostsFiles())
            .addAll(host.globalKnownHostsFiles())
            .build();
    return new Hop(
        host, KnownHosts.read(files), direct, new AtomicReference<>(), new AtomicBoolean());
  }

  /** How the hop is called in messages. */
  String label() {
    return host.alias() + " (" + host.hostName() + ":" + host.port() + ")";
  }
}
