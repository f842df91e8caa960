package io.relais.common.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.Printable;
import io.relais.linux.UnixDatagrams;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.NoSuchElementException;

/**
 * Where systemd listens: a datagram socket in the file system, or in the abstract name space (see
 * unix(7)). A socket of our own is opened for each message, as sd_notify(3) does.
 */
final class NotifySocket {
  private static final int LONGEST_NAME = 108;

  private final UnixDatagrams datagrams;
  private final byte[] address;
  private final Duration timeout;

  private NotifySocket(UnixDatagrams datagrams, byte[] address, Duration timeout) {
    this.datagrams = datagrams;
    this.address = address;
    this.timeout = timeout;
  }

  /**
   * Doesn't look whether anybody listens.
   *
   * @param name an absolute path, or {@code @} and an abstract name
   * @param timeout how long a message may wait for room in systemd's queue
   * @throws IOException if the name is of another kind or too long (the fault of who set it), or if
   *     this JVM can't call the C library
   */
  static NotifySocket of(String name, Duration timeout) throws IOException {
    byte[] address = address(name);
    try {
      return new NotifySocket(new UnixDatagrams(), address, timeout);
    } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException e) {
      throw new IOException("no native calls: " + e.getMessage(), e);
    }
  }

  /** A {@code struct sockaddr_un}, of the exact length: in an abstract name every byte counts. */
  static byte[] address(String name) throws IOException {
    boolean isAbstract = name.startsWith("@");
    byte[] bytes = name.getBytes(UTF_8);
    int length = isAbstract ? bytes.length : bytes.length + 1;
    if (!(isAbstract || name.startsWith("/")) || bytes.length < 2 || length > LONGEST_NAME) {
      throw new IOException("no name of a unix socket: " + Printable.quoted(name));
    }
    ByteBuffer address = ByteBuffer.allocate(Short.BYTES + length).order(ByteOrder.nativeOrder());
    address.putShort((short) UnixDatagrams.AF_UNIX).put(bytes);
    if (isAbstract) {
      address.put(Short.BYTES, (byte) 0);
    }
    return address.array();
  }

  /**
   * Sends one datagram.
   *
   * @throws IOException if nobody listens, or there was no room in time
   */
  void send(String message) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int socket = checked("socket", datagrams.socket(arena));
      try {
        checked("setsockopt", datagrams.setSendTimeout(arena, socket, timeout));
        checked("sendto", datagrams.sendto(arena, socket, message.getBytes(UTF_8), address));
      } finally {
        datagrams.close(socket);
      }
    }
  }

  /** Microseconds of CLOCK_MONOTONIC, the clock that systemd compares with. */
  long monotonicMicros() {
    return datagrams.monotonicMicros();
  }

  private static int checked(String call, int result) throws IOException {
    if (result < 0) {
      throw new IOException(call + " failed with error number " + -result);
    }
    return result;
  }
}
