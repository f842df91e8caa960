package io.relais.sftp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Puts the packets of a stream together again, however the network cut it. For one thread. */
final class SftpReassembler {
  /** OpenSSH's servers send 256 KiB at most, and its clients take no more. */
  private static final int MAX_PACKET = 256 << 10;

  /** Of a type and an id. */
  private static final int MIN_PACKET = 5;

  private final Receiver receiver;
  private byte[] pending = new byte[0];
  private int held;

  SftpReassembler(Receiver receiver) {
    this.receiver = receiver;
  }

  /** Takes more bytes and hands on each packet that is whole; the packets are copies. */
  void feed(byte[] data, int offset, int length) throws IOException {
    int from = offset;
    int end = offset + length;
    while (from < end) {
      if (held == 0 && isWhole(data, from, end)) {
        int size = sizeAt(data, from);
        receiver.accept(ByteBuffer.wrap(Arrays.copyOfRange(data, from + 4, from + 4 + size)));
        from += 4 + size;
      } else {
        from += hold(data, from, end);
      }
    }
  }

  private static boolean isWhole(byte[] data, int from, int end) throws IOException {
    return end - from >= 4 && end - from - 4 >= sizeAt(data, from);
  }

  private static int sizeAt(byte[] data, int at) throws IOException {
    int size = ByteBuffer.wrap(data).getInt(at);
    if (size < MIN_PACKET || size > MAX_PACKET) {
      if (StrayText.isAt(data, at)) {
        throw new SftpConnectionException(
            "the server sent text between the packets of SFTP: '%s'; %s"
                .formatted(StrayText.shown(data, at, data.length), StrayText.REMEDY));
      }
      throw SftpReply.malformed(
          "a packet of %,d bytes, where %,d are the most",
          Integer.toUnsignedLong(size), MAX_PACKET);
    }
    return size;
  }

  /** Keeps what is needed for the packet that began, and hands it on when it is whole. */
  private int hold(byte[] data, int from, int end) throws IOException {
    int wanted = held < 4 ? 4 : 4 + sizeAt(pending, 0);
    int taken = Math.min(wanted - held, end - from);
    if (pending.length < held + taken) {
      pending = Arrays.copyOf(pending, Math.max(wanted, 64));
    }
    System.arraycopy(data, from, pending, held, taken);
    held += taken;
    if (held >= 4 && held == 4 + sizeAt(pending, 0)) {
      byte[] whole = Arrays.copyOfRange(pending, 4, held);
      held = 0;
      pending = new byte[0];
      receiver.accept(ByteBuffer.wrap(whole));
    }
    return taken;
  }

  /** Takes one packet, from its type on. */
  interface Receiver {
    void accept(ByteBuffer packet) throws IOException;
  }
}
