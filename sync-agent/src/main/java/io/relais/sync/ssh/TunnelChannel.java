package io.relais.sync.ssh;

import java.io.IOException;
import java.net.SocketOption;
import jdk.net.ExtendedSocketOptions;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A {@code direct-tcpip} channel that hands what it receives straight to the session inside it.
 *
 * <p>A bastion that only forwards keeps Nagle's algorithm on (sshd before 10.1 sets TCP_NODELAY
 * only for sessions), and with the delayed acknowledgements of this side each small exchange would
 * wait 40 ms. So the socket is told after each read to acknowledge at once; Linux forgets that
 * soon, hence each time (tcp(7), TCP_QUICKACK). A proxy in between (a load balancer, sslh) has
 * acknowledgements of its own; there, something has to be sent for them to ride on, so after each
 * read a message that says nothing is (RFC 4253, section 11.2), if the bastion holds small packets
 * back.
 */
final class TunnelChannel extends ChannelDirectTcpip {
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
