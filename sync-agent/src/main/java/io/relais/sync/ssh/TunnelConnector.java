package io.relais.sync.ssh;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.future.CloseFuture;
import org.apache.sshd.common.future.SshFutureListener;
import org.apache.sshd.common.io.DefaultIoConnectFuture;
import org.apache.sshd.common.io.IoConnectFuture;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceEventListener;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Connects over TCP, or, where the context names a session to go through, inside a channel of that
 * session. The name of the host is then resolved by the bastion, not here.
 */
final class TunnelConnector implements IoConnector {
  /** The session that a connection goes through. */
  static final AttributeKey<ClientSession> VIA = new AttributeKey<>();

  private final IoConnector direct;
  private final IoHandler handler;

  TunnelConnector(IoConnector direct, IoHandler handler) {
    this.direct = direct;
    this.handler = handler;
  }

  @Override
  public IoConnectFuture connect(
      SocketAddress address, @Nullable AttributeRepository context, SocketAddress localAddress) {
    if (context == null) {
      return direct.connect(address, null, localAddress);
    }
    ClientSession via = context.getAttribute(VIA);
    if (via == null) {
      return direct.connect(address, context, localAddress);
    }
    IoConnectFuture result = new DefaultIoConnectFuture(address, null);
    try {
      openTunnel(via, (InetSocketAddress) address, context, result);
    } catch (IOException | RuntimeException e) {
      result.setException(e);
    }
    return result;
  }

  private void openTunnel(
      ClientSession via,
      InetSocketAddress address,
      AttributeRepository context,
      IoConnectFuture result)
      throws IOException {
    TunnelChannel channel =
        new TunnelChannel(
            new SshdSocketAddress(address.getHostString(), address.getPort()),
            opened -> start(opened, address, context, result));
    via.getService(ConnectionService.class).registerChannel(channel);
    result.addListener(
        done -> {
          if (done.isCanceled()) {
            channel.close(true);
          }
        });
    channel
        .open()
        .addListener(
            opened -> {
              if (!opened.isOpened()) {
                result.setException(opened.getException());
              }
            });
  }

  private TunnelSession start(
      TunnelChannel channel,
      InetSocketAddress address,
      AttributeRepository context,
      IoConnectFuture result)
      throws IOException {
    TunnelSession session = new TunnelSession(this, handler, channel, address);
    session.setAttribute(AttributeRepository.class, context);
    try {
      handler.sessionCreated(session);
    } catch (Exception e) {
      session.close(true);
      throw new IOException("can't start a session inside a tunnel", e);
    }
    result.setSession(session);
    if (!session.equals(result.getSession())) {
      session.close(true);
      throw new IOException("nobody waits for this connection any more");
    }
    return session;
  }

  @Override
  public Map<Long, IoSession> getManagedSessions() {
    return direct.getManagedSessions();
  }

  @Override
  public IoServiceEventListener getIoServiceEventListener() {
    return direct.getIoServiceEventListener();
  }

  @Override
  public void setIoServiceEventListener(IoServiceEventListener listener) {
    direct.setIoServiceEventListener(listener);
  }

  @Override
  public CloseFuture close(boolean immediately) {
    return direct.close(immediately);
  }

  @Override
  public void addCloseFutureListener(SshFutureListener<CloseFuture> listener) {
    direct.addCloseFutureListener(listener);
  }

  @Override
  public void removeCloseFutureListener(SshFutureListener<CloseFuture> listener) {
    direct.removeCloseFutureListener(listener);
  }

  @Override
  public boolean isClosed() {
    return direct.isClosed();
  }

  @Override
  public boolean isClosing() {
    return direct.isClosing();
  }
}
