package io.relais.sync.remote.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.openssh.HopChain;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sync.config.SshConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.HostConnection;
import io.relais.sync.ssh.RelaisSshClient;
import io.relais.sync.ssh.SshConnector;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * All SFTP connections of the process, one for each host. Safe for use by many threads; closing it
 * ends them all, soon and also while one is being made.
 */
public final class SftpConnections implements AutoCloseable {
  private final RelaisSshClient client;
  private final SshConnector connector;
  private final InstantSource clock;

  @GuardedBy("this")
  private final Map<String, HostConnection> hosts = new HashMap<>();

  public SftpConnections(SshConfig config, InstantSource clock) {
    this.client = RelaisSshClient.start(config.keepalive(), config.connectTimeout());
    this.connector = new SshConnector(client, config);
    this.clock = clock;
  }

  /** The link to one mirror's target; nothing is connected yet. */
  public TargetConnector link(
      HopChain chain, TargetAddress address, TemporaryNameGenerator names, TargetOptions options) {
    return link(chain, address, names, options, ResponseTimeouts.DEFAULT);
  }

  /** The same with limits of its own for how long the oldest request may go unanswered. */
  public TargetConnector link(
      HopChain chain,
      TargetAddress address,
      TemporaryNameGenerator names,
      TargetOptions options,
      ResponseTimeouts responseTimeouts) {
    HostConnection host = host(chain, address.host());
    host.expectMirror();
    String root = address.path().endsWith("/") ? trimmed(address.path()) : address.path();
    return new SftpTargetConnector(host, address.host(), root, names, options, responseTimeouts);
  }

  private static String trimmed(String path) {
    return path.substring(0, path.length() - 1);
  }

  private synchronized HostConnection host(HopChain chain, String alias) {
    return hosts.computeIfAbsent(alias, name -> new HostConnection(name, chain, connector, clock));
  }

  @Override
  public void close() {
    synchronized (this) {
      hosts.values().forEach(HostConnection::close);
    }
    client.stop();
  }
}
