package io.relais.sync.ssh;

import io.relais.sftp.OutboundQueue;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoService;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;

/**
 * The network connection of an SSH session that runs inside a {@code direct-tcpip} channel of
 * another (RFC 4254, section 7.2): what a socket is to the first hop, this is to the next.
 *
 * <p>Data arrives on the outer session's I/O thread, so nothing here blocks.
 */
final class TunnelSession extends AbstractCloseable implements IoSession {
  private static final AtomicLong IDS = new AtomicLong(1_000_000);

  private final long id = IDS.incrementAndGet();
  private final Map<Object, Object> attributes = new ConcurrentHashMap<>();
  private final IoService service;
  private final IoHandler handler;
  private final TunnelChannel channel;
  private final SocketAddress remote;
  private final OutboundQueue outbound;

  TunnelSession(IoService service, IoHandler handler, TunnelChannel channel, SocketAddress remote) {
    this.service = service;
    this.handler = handler;
    this.channel = channel;
    this.remote = remote;
    this.outbound = new OutboundQueue(channel.getAsyncIn(), this::whenWritten);
  }

  /** On a thread that writes to the session below, what follows would take the locks crosswise. */
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
