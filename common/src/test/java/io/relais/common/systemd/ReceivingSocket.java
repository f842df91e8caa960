package io.relais.common.systemd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.linux.UnixDatagrams;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** systemd's end: a bound unix datagram socket. */
final class ReceivingSocket implements AutoCloseable {
  private static final int MSG_DONTWAIT = 0x40;

  private static final MethodHandle BIND =
      call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RECV =
      call("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

  private final UnixDatagrams datagrams = new UnixDatagrams();
  private final Arena arena = Arena.ofConfined();
  private final int socket = datagrams.socket(arena);

  ReceivingSocket(String name) throws IOException {
    // Built apart from NotifySocket.address, which is under test. AF_UNIX is 1, little-endian.
    byte[] path = name.startsWith("@") ? ("\0" + name.substring(1)).getBytes(UTF_8) : utf8z(name);
    MemorySegment address = arena.allocate(2L + path.length, 2);
    address.set(JAVA_BYTE, 0, (byte) 1);
    MemorySegment.copy(path, 0, address, JAVA_BYTE, 2, path.length);
    if (bind(address) != 0) {
      throw new IOException("can't bind " + name);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  private static byte[] utf8z(String name) {
    return (name + "\0").getBytes(UTF_8);
  }

  private int bind(MemorySegment address) {
    try {
      return (int) BIND.invokeExact(socket, address, (int) address.byteSize());
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** The next message, or an empty string: a message is in the queue before its sender returns. */
  String receive() {
    MemorySegment buffer = arena.allocate(MemoryLayout.sequenceLayout(8192, JAVA_BYTE));
    try {
      long length = (long) RECV.invokeExact(socket, buffer, buffer.byteSize(), MSG_DONTWAIT);
      return length < 0 ? "" : new String(buffer.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  @Override
  public void close() {
    datagrams.close(socket);
    arena.close();
  }
}
