package io.relais.testbed.ssh;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * Makes and reads SFTP packets field by field, right ones and wrong ones, as they cross the wire:
 * length, type, id, fields (draft-ietf-secsh-filexfer-02, section 3).
 */
public final class SftpPackets {
  public static final int INIT = 1;
  public static final int VERSION = 2;
  public static final int OPEN = 3;
  public static final int READ = 5;
  public static final int WRITE = 6;
  public static final int LSTAT = 7;
  public static final int FSTAT = 8;
  public static final int OPENDIR = 11;
  public static final int READDIR = 12;
  public static final int REMOVE = 13;
  public static final int READLINK = 19;
  public static final int SYMLINK = 20;
  public static final int EXTENDED = 200;
  public static final int STATUS = 101;
  public static final int HANDLE = 102;
  public static final int DATA = 103;
  public static final int NAME = 104;
  public static final int ATTRS = 105;
  public static final int EXTENDED_REPLY = 201;

  public static final int EOF = 1;
  public static final int FAILURE = 4;

  private static final Pattern GATE =
      Pattern.compile("\\.relais-([^/]+)\\.gate/[^/]+(?:/\\.$|(?=/))");

  private static final int REGULAR = 0100644;
  private static final int LINK = 0120777;
  private static final int DIRECTORY = 0040755;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private SftpPackets() {}

  /** Begins a packet. */
  public static SftpPackets packet(int type, int id) {
    return new SftpPackets().octet(type).integer(id);
  }

  public static int type(byte[] packet) {
    return packet[4] & 0xFF;
  }

  /** The id; the version in {@link #INIT} and {@link #VERSION}. */
  public static int id(byte[] packet) {
    return ByteBuffer.wrap(packet).getInt(5);
  }

  /** The first string: the path, the handle or the name of the extension. */
  public static String string(byte[] packet) {
    return string(packet, 9);
  }

  /**
   * The string whose length is at an offset; empty if there is none. A path that leads through the
   * gate of an agent's session is given as what it leads to.
   */
  public static String string(byte[] packet, int at) {
    if (packet.length < at + 4) {
      return "";
    }
    int length = ByteBuffer.wrap(packet).getInt(at);
    return length < 0 || length > packet.length - at - 4
        ? ""
        : GATE.matcher(new String(packet, at + 4, length, ISO_8859_1)).replaceAll("$1");
  }

  public static byte[] status(int id, int code, String text) {
    return packet(STATUS, id).integer(code).string(text).string("").build();
  }

  /** One entry of a listing, or a symlink's text. */
  public static byte[] name(int id, String... names) {
    SftpPackets packet = packet(NAME, id).integer(names.length);
    for (String name : names) {
      packet.file(name);
    }
    return packet.build();
  }

  /** A regular file of a listing. */
  public SftpPackets file(String name) {
    return string(name).string("").integer(4 | 8).integer(REGULAR).integer(1).integer(1);
  }

  /** A symlink of a listing. */
  public SftpPackets link(String name) {
    return string(name).string("").integer(4 | 8).integer(LINK).integer(1).integer(1);
  }

  /** A directory of a listing. */
  public SftpPackets directory(String name) {
    return string(name).string("").integer(4 | 8).integer(DIRECTORY).integer(1).integer(1);
  }

  public SftpPackets octet(int value) {
    bytes.write(value);
    return this;
  }

  public SftpPackets integer(int value) {
    bytes.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
    return this;
  }

  public SftpPackets longInteger(long value) {
    bytes.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
    return this;
  }

  /** One character a byte. */
  public SftpPackets string(String latin1) {
    byte[] text = latin1.getBytes(ISO_8859_1);
    integer(text.length);
    bytes.writeBytes(text);
    return this;
  }

  public byte[] build() {
    return framed(bytes.toByteArray());
  }

  /** The packet with its length before it. */
  public static byte[] framed(byte[] packet) {
    return ByteBuffer.allocate(4 + packet.length).putInt(packet.length).put(packet).array();
  }
}
