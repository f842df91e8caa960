package io.relais.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Builds one SFTP request: length, type, id, then the fields (draft-ietf-secsh-filexfer-02, section
 * 3). Strings are one character a byte. For one thread.
 */
public final class SftpPacket {
  private static final int HEADER = 4;

  /** What most file systems keep, or leave out, as one. */
  private static final int BLOCK = 4096;

  /** What data are read from. */
  public interface Source {
    /** Reads the next bytes, fewer than {@code length} only at the end, and says how many. */
    int read(byte[] buffer, int offset, int length) throws IOException;
  }

  private final int type;
  private byte[] bytes;
  private int length;
  private String firstString = "";
  private String lastString = "";

  SftpPacket(int type, int id, int expectedLength) {
    this.type = type;
    bytes = new byte[HEADER + 1 + 4 + expectedLength];
    length = HEADER;
    putByte(type);
    putInt(id);
  }

  SftpPacket putByte(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
    return this;
  }

  SftpPacket putInt(long value) {
    ensure(4);
    ByteBuffer.wrap(bytes).putInt(length, (int) value);
    length += 4;
    return this;
  }

  SftpPacket putLong(long value) {
    ensure(8);
    ByteBuffer.wrap(bytes).putLong(length, value);
    length += 8;
    return this;
  }

  SftpPacket putString(String latin1) {
    firstString = firstString.isEmpty() ? latin1 : firstString;
    lastString = latin1;
    byte[] text = latin1.getBytes(ISO_8859_1);
    return putBytes(text, 0, text.length);
  }

  public SftpPacket putBytes(byte[] data, int offset, int count) {
    putInt(count);
    ensure(count);
    System.arraycopy(data, offset, bytes, length, count);
    length += count;
    return this;
  }

  /**
   * Reads data straight into the packet, which spares a copy.
   *
   * @return how many bytes; fewer than {@code capacity} only at the end of the content
   */
  public int putFrom(Source content, int capacity) throws IOException {
    ensure(4 + capacity);
    int count = content.read(bytes, length + 4, capacity);
    putInt(count);
    length += count;
    return count;
  }

  /**
   * Leaves out of a write, whose offset and data were put last, the whole blocks of zeros at both
   * ends. Too little is not worth a look.
   *
   * @param count bytes of data
   * @return how many are left; if none, its offset is what follows them, and data may be put again
   */
  public int leaveOutZeros(int count) {
    int data = length - count;
    boolean nothing = count < 2 * BLOCK || (bytes[data] != 0 && bytes[length - 1] != 0);
    if (count > 0 && nothing) {
      return count;
    }
    long offset = writeOffset(count);
    int end = length;
    while (end > data && bytes[end - 1] == 0) {
      end--;
    }
    if (end == data) {
      length = data - Integer.BYTES;
      ByteBuffer.wrap(bytes).putLong(length - Long.BYTES, offset + count);
      return 0;
    }
    int start = data;
    while (bytes[start] == 0) {
      start++;
    }
    long first = Math.max(offset, roundedDown(offset + start - data));
    long last = Math.min(offset + count, roundedDown(offset + end - data + BLOCK - 1));
    int kept = (int) (last - first);
    System.arraycopy(bytes, data + (int) (first - offset), bytes, data, kept);
    length = data + kept;
    ByteBuffer.wrap(bytes)
        .putLong(data - Integer.BYTES - Long.BYTES, first)
        .putInt(data - Integer.BYTES, kept);
    return kept;
  }

  private static long roundedDown(long offset) {
    return offset / BLOCK * BLOCK;
  }

  /** Where in the file the {@code count} bytes of a write end, which were put last. */
  public long endOfWrite(int count) {
    return writeOffset(count) + count;
  }

  private long writeOffset(int count) {
    return ByteBuffer.wrap(bytes).getLong(length - count - Integer.BYTES - Long.BYTES);
  }

  /** Closes the packet: nothing may be put after this. */
  byte[] array() {
    ByteBuffer.wrap(bytes).putInt(0, length - HEADER);
    return bytes;
  }

  int length() {
    return length;
  }

  /** What it asks for, and of what; keeps nothing of the data that it carries. */
  RequestSummary summary() {
    return new RequestSummary(type, firstString, lastString);
  }

  /** What kind of request it is, {@code SSH_FXP_*}. */
  int type() {
    return bytes[HEADER] & 0xFF;
  }

  int id() {
    return ByteBuffer.wrap(bytes).getInt(HEADER + 1);
  }

  /** The number put last: how much a read asks for. */
  int lastInt() {
    return ByteBuffer.wrap(bytes).getInt(length - Integer.BYTES);
  }

  private void ensure(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
    }
  }
}
