package io.relais.sync.target.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.config.SshConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.openssh.HopChain;
import io.relais.sync.target.TargetLink;
import io.relais.sync.target.TemporaryNamer;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * All SFTP connections of the process, one for each host. Safe for use by many threads; closing it
 * ends them all, soon and also while one is being made.
 */
public final class SftpLinks implements AutoCloseable {
  private final RelaisSshClient client;
  private final SshConnector connector;
  private final InstantSource clock;

  @GuardedBy("this")
  private final Map<String, HostLink> hosts = new HashMap<>();

  public SftpLinks(SshConfig config, InstantSource clock) {
    this.client = RelaisSshClient.start(config.keepalive(), config.connectTimeout());
    this.connector = new SshConnector(client, config);
    this.clock = clock;
  }

  /** The link to one mirror's target; nothing is connected yet. */
  public TargetLink link(
      HopChain chain, TargetAddress address, TemporaryNamer names, TargetOptions options) {
    return link(chain, address, names, options, AnswerLimits.DEFAULT);
  }

  /** The same with limits of its own for how long the oldest request may go unanswered. */
  TargetLink link(
      HopChain chain,
      TargetAddress address,
      TemporaryNamer names,
      TargetOptions options,
      AnswerLimits answerLimits) {
    HostLink host = host(chain, address.host());
    host.expectMirror();
    String root = address.path().endsWith("/") ? trimmed(address.path()) : address.path();
    return new SftpLink(host, address.host(), root, names, options, answerLimits);
  }

  private static String trimmed(String path) {
    return path.substring(0, path.length() - 1);
  }

  private synchronized HostLink host(HopChain chain, String alias) {
    return hosts.computeIfAbsent(alias, name -> new HostLink(name, chain, connector, clock));
  }

  @Override
  public void close() {
    synchronized (this) {
      hosts.values().forEach(HostLink::close);
    }
    client.stop();
  }
}
