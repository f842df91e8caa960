package io.relais.sync.ssh;

import com.google.common.collect.ImmutableMap;
import io.relais.openssh.HopChain;
import io.relais.openssh.HostResolver;
import io.relais.openssh.HostResolver.LocalUser;
import io.relais.openssh.SshConfigException;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sync.config.SshConfig;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.sftp.SftpConnections;
import io.relais.sync.remote.sftp.TargetOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** The links under test, from an OpenSSH configuration file, with every setting at hand. */
public final class TestLinks implements AutoCloseable {
  /** Durable, and as a mirror has it by default. */
  public static final TargetOptions OPTIONS =
      new TargetOptions(true, false, Optional.empty(), TargetOptions.Wide.USUAL);

  private final SshConfig config;
  private final Path sshConfig;
  private final SftpConnections links;

  private TestLinks(SshConfig config, InstantSource clock) {
    this.config = config;
    this.sshConfig = config.config().orElseThrow();
    this.links = new SftpConnections(config, clock);
  }

  public static TestLinks of(Path sshConfig) {
    return of(sshConfig, Duration.ofSeconds(15), Duration.ofSeconds(20), Optional.empty());
  }

  public static TestLinks of(
      Path sshConfig, Duration keepalive, Duration connectTimeout, Optional<Path> passphraseFile) {
    SshConfig config =
        new SshConfig(
            Optional.of(sshConfig), keepalive, connectTimeout, passphraseFile, ImmutableMap.of());
    return new TestLinks(config, InstantSource.system());
  }

  public static TestLinks of(Path sshConfig, InstantSource clock) {
    SshConfig config =
        new SshConfig(
            Optional.of(sshConfig),
            Duration.ofSeconds(15),
            Duration.ofSeconds(20),
            Optional.empty(),
            ImmutableMap.of());
    return new TestLinks(config, clock);
  }

  /** A link to a host of the configuration. */
  public TargetConnector to(String host, String path, TemporaryNameGenerator names)
      throws SshConfigException {
    return to(host, path, names, OPTIONS);
  }

  /** The same, with options of its own. */
  public TargetConnector to(
      String host, String path, TemporaryNameGenerator names, TargetOptions options)
      throws SshConfigException {
    return links.link(chain(host), new TargetAddress(host, path), names, options);
  }

  public HopChain chain(String host) throws SshConfigException {
    LocalUser local =
        new LocalUser("tester", uid(), sshConfig.toAbsolutePath(), "here", ImmutableMap.of());
    return HostResolver.ofFile(sshConfig, local).route(host);
  }

  private static int uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A link to a host that gives up a server which owes an answer for so long. */
  public TargetConnector impatient(String host, Duration limit) throws SshConfigException {
    return links.link(
        chain(host),
        new TargetAddress(host, "/"),
        new TemporaryNameGenerator("test"),
        OPTIONS,
        new ResponseTimeouts(limit, limit.multipliedBy(100)));
  }

  /** Gives what is below a target: a channel of a connection of its own, and the way to more. */
  public void channels(String host, HostConnection.Setup<?> use)
      throws IOException, SshConfigException {
    channels(host, Channels.AUTO, ResponseTimeouts.DEFAULT, use);
  }

  /** The same with as many channels in a connection as is said, and other limits. */
  public void channels(
      String host, Channels wanted, ResponseTimeouts limits, HostConnection.Setup<?> use)
      throws IOException, SshConfigException {
    RelaisSshClient client = RelaisSshClient.start(config.keepalive(), config.connectTimeout());
    try (HostConnection link =
        new HostConnection(
            host, chain(host), new SshConnector(client, config), InstantSource.system())) {
      var _ = link.open(limits, wanted, new SftpChannelGroup(), use);
    } finally {
      client.stop();
    }
  }

  public TargetConnector to(String host) throws SshConfigException {
    return to(host, "/", new TemporaryNameGenerator("test"));
  }

  @Override
  public void close() {
    links.close();
  }
}
