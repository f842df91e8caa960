package io.relais.failover.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** systemd's end of NOTIFY_SOCKET: a bound unix datagram socket, which Java has none of. */
final class NotifyReceiver implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;

  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RECV =
      call("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(8192);
  private final List<String> heard = new ArrayList<>();
  private final int socket;

  NotifyReceiver(Path path) throws IOException {
    byte[] name = (path + "\0").getBytes(UTF_8);
    MemorySegment address = arena.allocate(2L + name.length, 2);
    address.set(JAVA_BYTE, 0, (byte) AF_UNIX);
    MemorySegment.copy(name, 0, address, JAVA_BYTE, 2, name.length);
    try {
      socket = (int) SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM, 0);
      if ((int) BIND.invokeExact(socket, address, (int) address.byteSize()) != 0) {
        throw new IOException("can't bind " + path);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  /** All messages so far. */
  List<String> heard() {
    try {
      while (true) {
        long length = (long) RECV.invokeExact(socket, buffer, buffer.byteSize(), MSG_DONTWAIT);
        if (length < 0) {
          return List.copyOf(heard);
        }
        heard.add(new String(buffer.asSlice(0, length).toArray(JAVA_BYTE), UTF_8));
      }
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  @Override
  public void close() {
    try {
      int _ = (int) CLOSE.invokeExact(socket);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
    arena.close();
  }
}
