package io.relais.sync.ssh;

import io.relais.sync.ssh.HopSession.Configurer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntry;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.io.nio2.Nio2DefaultIoWriteFuture;
import org.apache.sshd.common.io.nio2.Nio2Service;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactory;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.helpers.AbstractSessionFactory;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/**
 * MINA's client, set up for this use: connections may run inside one another, nothing is read from
 * the user's files behind our back, and no host key is accepted but by {@link HostKeyCheck}. One
 * serves the whole process, since each has threads of its own.
 */
public final class RelaisSshClient extends SshClient {
  /** Hardware makes AES-GCM twice as fast as ChaCha20 here; the rest is for servers without it. */
  private static final List<BuiltinCiphers> CIPHERS =
      List.of(
          BuiltinCiphers.aes128gcm,
          BuiltinCiphers.aes256gcm,
          BuiltinCiphers.aes128ctr,
          BuiltinCiphers.aes256ctr,
          BuiltinCiphers.cc20p1305_openssh);

  /** Makes and starts a client. */
  public static RelaisSshClient start(Duration keepalive, Duration connectTimeout) {
    RelaisSshClient client =
        (RelaisSshClient) ClientBuilder.builder().factory(RelaisSshClient::new).build(true);
    client.setIoServiceFactoryFactory(new TunnelServiceFactoryFactory());
    client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setSessionFactory(new HopSession.Factory(client));
    client.setUserAuthFactories(List.of(new HopSession.Login()));
    client.setServerKeyVerifier(new HostKeyCheck());
    client.addSessionListener(new Configurer());
    client.setCipherFactoriesNames(CIPHERS.stream().map(BuiltinCiphers::getName).toList());
    setProperties(client, keepalive, connectTimeout);
    client.start();
    return client;
  }

  /**
   * Not set up: each second it would look at every session for a login that takes too long, which
   * {@link SshConnector} sees to, and for one that rests, which it may.
   */
  @Override
  protected void setupSessionTimeout(AbstractSessionFactory<?, ?> sessionFactory) {}

  private static void setProperties(
      RelaisSshClient client, Duration keepalive, Duration connectTimeout) {
    CoreModuleProperties.TCP_NODELAY.set(client, true);
    CoreModuleProperties.SOCKET_KEEPALIVE.set(client, true);
    CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, keepalive);
    CoreModuleProperties.HEARTBEAT_REQUEST.set(client, "keepalive@openssh.com");
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, 2);
    CoreModuleProperties.IO_CONNECT_TIMEOUT.set(client, connectTimeout);
    CoreModuleProperties.STOP_WAIT_TIME.set(client, Duration.ofSeconds(2));
    // A slow link needs longer for one write than MINA's 30 s; the keepalive finds dead ones.
    CoreModuleProperties.NIO2_MIN_WRITE_TIMEOUT.set(client, Duration.ofMinutes(10));
    CoreModuleProperties.REKEY_BYTES_LIMIT.set(client, 8L << 30);
    CoreModuleProperties.REKEY_TIME_LIMIT.set(client, Duration.ofHours(24));
    CoreModuleProperties.PREFERRED_AUTHS.set(client, "publickey");
    CoreModuleProperties.WINDOW_SIZE.set(client, 4L << 20);
  }

  /**
   * Connects to one hop.
   *
   * @param context what the hop's listeners need, and the session to go through if there is one
   */
  ConnectFuture connectHop(String user, InetSocketAddress address, AttributeRepository context)
      throws IOException {
    HostConfigEntry entry =
        new HostConfigEntry(address.getHostString(), address.getHostString(), 22, user, null);
    entry.setIdentitiesOnly(true);
    return doConnect(user, address, context, null, KeyIdentityProvider.EMPTY_KEYS_PROVIDER, entry);
  }

  private static final class TunnelServiceFactoryFactory extends Nio2ServiceFactoryFactory {
    @Override
    public IoServiceFactory create(FactoryManager manager) {
      return new TunnelServiceFactory(manager);
    }
  }

  private static final class TunnelServiceFactory extends Nio2ServiceFactory {
    TunnelServiceFactory(FactoryManager manager) {
      super(manager, null, null);
    }

    @Override
    public IoConnector createConnector(IoHandler handler) {
      return new TunnelConnector(super.createConnector(handler), handler);
    }

    @Override
    public Nio2Session createSession(
        Nio2Service service,
        IoHandler handler,
        AsynchronousSocketChannel socket,
        @Nullable SocketAddress acceptance)
        throws IOException {
      return new SocketSession(service, getFactoryManager(), handler, socket, acceptance);
    }
  }

  /**
   * A connection over TCP that is never closed by the thread that writes to it.
   *
   * <p>When a write fails at once on an I/O thread, the JDK tells so on that same thread, within
   * the call. It holds the locks of the session that writes by then, and of the one below, and MINA
   * would close everything from there: other sessions, each of which takes its own locks to close,
   * while their writers wait for those of the session below.
   */
  private static final class SocketSession extends Nio2Session {
    SocketSession(
        Nio2Service service,
        PropertyResolver properties,
        IoHandler handler,
        AsynchronousSocketChannel socket,
        @Nullable SocketAddress acceptance)
        throws IOException {
      super(service, properties, handler, socket, acceptance);
    }

    @Override
    protected void handleWriteCycleFailure(
        Nio2DefaultIoWriteFuture future,
        AsynchronousSocketChannel socket,
        ByteBuffer buffer,
        int length,
        Throwable failure,
        Object attachment) {
      Thread.ofVirtual()
          .name("connection lost")
          .start(
              () ->
                  super.handleWriteCycleFailure(
                      future, socket, buffer, length, failure, attachment));
    }
  }
}
