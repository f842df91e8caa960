package io.relais.sync.ssh;

import io.relais.sftp.OutboundQueue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jdk.net.ExtendedSocketOptions;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.channel.StreamingChannel.Streaming;
import org.apache.sshd.common.future.CloseFuture;
import org.apache.sshd.common.future.SshFutureListener;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.DefaultIoConnectFuture;
import org.apache.sshd.common.io.IoConnectFuture;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoService;
import org.apache.sshd.common.io.IoServiceEventListener;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  /**
   * A {@code direct-tcpip} channel that hands what it receives straight to the session inside it.
   *
   * <p>A bastion that only forwards keeps Nagle's algorithm on (sshd before 10.1 sets TCP_NODELAY
   * only for sessions), and with the delayed acknowledgements of this side each small exchange
   * would wait 40 ms. So the socket is told after each read to acknowledge at once; Linux forgets
   * that soon, hence each time (tcp(7), TCP_QUICKACK). A proxy in between (a load balancer, sslh)
   * has acknowledgements of its own; there, something has to be sent for them to ride on, so after
   * each read a message that says nothing is (RFC 4253, section 11.2), if the bastion holds small
   * packets back.
   */
  private static final class TunnelChannel extends ChannelDirectTcpip {
    private final Starter starter;
    private volatile @Nullable TunnelSession inside;

    /** Makes the session inside; called once, on the I/O thread, when the bastion has connected. */
    interface Starter {
      TunnelSession start(TunnelChannel channel) throws IOException;
    }

    TunnelChannel(SshdSocketAddress remote, Starter starter) {
      super(new SshdSocketAddress("127.0.0.1", 0), remote);
      this.starter = starter;
      setStreaming(Streaming.Async);
    }

    /** The host's first words may follow at once, so the session must be there before they do. */
    @Override
    protected void doOpen() throws IOException {
      super.doOpen();
      inside = starter.start(this);
    }

    void endOutput() throws IOException {
      sendEof();
    }

    @Override
    protected void doWriteData(byte[] data, int off, long len) throws IOException {
      TunnelSession session = inside;
      if (session == null || isClosing()) {
        return;
      }
      session.received(data, off, Math.toIntExact(len));
      if (!isClosing()) {
        getLocalWindow().release(len);
        acknowledge();
      }
    }

    @Override
    public void handleWindowAdjust(Buffer buffer) throws IOException {
      super.handleWindowAdjust(buffer);
      if (!isClosing()) {
        acknowledge();
      }
    }

    private void acknowledge() throws IOException {
      acknowledgeAtOnce(getSession().getIoSession());
      if (BastionLatencyFix.holdsBack(getSession())) {
        getSession().sendIgnoreMessage();
      }
    }

    private static void acknowledgeAtOnce(IoSession io) throws IOException {
      SocketOption<Boolean> quickAck = ExtendedSocketOptions.TCP_QUICKACK;
      if (io instanceof Nio2Session socket && socket.isOpen()) {
        if (socket.getSocket().supportedOptions().contains(quickAck)) {
          socket.getSocket().setOption(quickAck, true);
        }
      }
    }

    @Override
    public void handleEof() throws IOException {
      super.handleEof();
      TunnelSession session = inside;
      if (session != null) {
        session.close(false);
      }
    }

    @Override
    protected void preClose() {
      super.preClose();
      TunnelSession session = inside;
      if (session != null) {
        session.close(true);
      }
    }
  }

  /**
   * The network connection of an SSH session that runs inside a {@code direct-tcpip} channel of
   * another (RFC 4254, section 7.2): what a socket is to the first hop, this is to the next.
   *
   * <p>Data arrives on the outer session's I/O thread, so nothing here blocks.
   */
  private static final class TunnelSession extends AbstractCloseable implements IoSession {
    private static final AtomicLong IDS = new AtomicLong(1_000_000);

    private final long id = IDS.incrementAndGet();
    private final Map<Object, Object> attributes = new ConcurrentHashMap<>();
    private final IoService service;
    private final IoHandler handler;
    private final TunnelChannel channel;
    private final SocketAddress remote;
    private final OutboundQueue outbound;

    TunnelSession(
        IoService service, IoHandler handler, TunnelChannel channel, SocketAddress remote) {
      this.service = service;
      this.handler = handler;
      this.channel = channel;
      this.remote = remote;
      this.outbound = new OutboundQueue(channel.getAsyncIn(), this::whenWritten);
    }

    /**
     * On a thread that writes to the session below, what follows would take the locks crosswise.
     */
    private void whenWritten(Runnable task) {
      if (channel.getSession() instanceof HopSession below && !below.isWritingHere()) {
        task.run();
      } else {
        Thread.ofVirtual().name("tunnel").start(task);
      }
    }

    /** Takes what the bastion sent. */
    void received(byte[] data, int offset, int length) {
      try {
        handler.messageReceived(this, new ByteArrayBuffer(data, offset, length));
      } catch (Exception e) {
        failed(e);
      }
    }

    private void failed(Throwable cause) {
      try {
        handler.exceptionCaught(this, cause);
      } catch (Exception e) {
        log.debug("{}: failed to report {}", this, cause, e);
      }
      close(true);
    }

    @Override
    public IoWriteFuture writeBuffer(Buffer buffer) {
      WriteFuture future = new WriteFuture(id);
      int length = buffer.available();
      outbound.send(buffer.array(), buffer.rpos(), length, future::finish);
      return future;
    }

    @Override
    protected void doCloseImmediately() {
      channel.close(true);
      super.doCloseImmediately();
      try {
        handler.sessionClosed(this);
      } catch (Exception e) {
        log.debug("{}: failed to report the end", this, e);
      }
    }

    @Override
    public long getId() {
      return id;
    }

    @Override
    public @Nullable Object getAttribute(Object key) {
      return attributes.get(key);
    }

    @Override
    public @Nullable Object setAttribute(Object key, Object value) {
      return attributes.put(key, value);
    }

    @Override
    public @Nullable Object setAttributeIfAbsent(Object key, Object value) {
      return attributes.putIfAbsent(key, value);
    }

    @Override
    public @Nullable Object removeAttribute(Object key) {
      return attributes.remove(key);
    }

    @Override
    public SocketAddress getRemoteAddress() {
      return remote;
    }

    @Override
    public SocketAddress getLocalAddress() {
      return channel.getSession().getIoSession().getLocalAddress();
    }

    @Override
    public @Nullable SocketAddress getAcceptanceAddress() {
      return null;
    }

    @Override
    public IoService getService() {
      return service;
    }

    @Override
    public void shutdownOutputStream() throws IOException {
      channel.endOutput();
    }

    /** The channel's window is the back pressure; the session above never asks for this. */
    @Override
    public void suspendRead() {}

    @Override
    public void resumeRead() {}

    @Override
    public String toString() {
      return "TunnelSession[" + remote + "]";
    }

    private static final class WriteFuture extends AbstractIoWriteFuture {
      WriteFuture(Object id) {
        super(id, null);
      }

      void finish(@Nullable Throwable failure) {
        if (failure == null) {
          setValue(true);
        } else {
          setValue(failure);
        }
      }
    }
  }

  /**
   * Makes a bastion pass small packets on at once.
   *
   * <p>Before version 10.1, sshd keeps Nagle's algorithm on towards a client that only forwards,
   * and switches it off once the client asks for a session (its {@code
   * ssh_packet_set_interactive}). So a command that does nothing is asked for, whether it is
   * allowed to run or not. A bastion with {@code MaxSessions 0} refuses before that; there only
   * what {@link TunnelChannel} does helps. One small upload with fsync at a round trip of 30 ms:
   * 105 ms with this, 137 ms with TCP_QUICKACK, 183 ms with neither.
   */
  static final class BastionLatencyFix {
    private static final Logger LOG = LoggerFactory.getLogger(BastionLatencyFix.class);

    private static final AttributeRepository.AttributeKey<Boolean> REFUSED =
        new AttributeRepository.AttributeKey<>();

    private BastionLatencyFix() {}

    /** Whether it refused, so that small packets are held back there until others are confirmed. */
    static boolean holdsBack(Session bastion) {
      return bastion.getAttribute(REFUSED) != null;
    }

    /** Asks, and waits for nothing: it does no harm when this fails. */
    static void ask(ClientSession bastion) {
      try {
        ChannelExec nothing = bastion.createExecChannel("exit 0");
        nothing.setStreaming(Streaming.Async);
        nothing
            .open()
            .addListener(
                opened -> {
                  if (!opened.isOpened()) {
                    bastion.setAttribute(REFUSED, true);
                  }
                  nothing.close(!opened.isOpened());
                });
      } catch (IOException e) {
        LOG.debug("{}: can't ask for a session", bastion, e);
      }
    }
  }
}
