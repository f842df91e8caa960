package io.relais.sync.ssh;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.nio2.Nio2DefaultIoWriteFuture;
import org.apache.sshd.common.io.nio2.Nio2Service;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.jspecify.annotations.Nullable;

/**
 * A connection over TCP that is never closed by the thread that writes to it.
 *
 * <p>When a write fails at once on an I/O thread, the JDK tells so on that same thread, within the
 * call. It holds the locks of the session that writes by then, and of the one below, and MINA would
 * close everything from there: other sessions, each of which takes its own locks to close, while
 * their writers wait for those of the session below.
 */
final class SocketSession extends Nio2Session {
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
                super.handleWriteCycleFailure(future, socket, buffer, length, failure, attachment));
  }
}
