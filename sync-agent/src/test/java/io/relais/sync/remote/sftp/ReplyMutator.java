package io.relais.sync.remote.sftp;

import io.relais.testbed.ssh.HostileSftp.Misbehaviour;
import io.relais.testbed.ssh.SftpPackets;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Makes wrong replies of right ones, at random: bits, lengths, counts, types, ids, order, names,
 * kinds, texts. The same seed makes the same, as far as the client asks the same. For many threads,
 * which take turns.
 */
public final class ReplyMutator implements Misbehaviour {
  private static final int[] NUMBERS = {
    0,
    1,
    2,
    4,
    8,
    255,
    256,
    257,
    4095,
    4096,
    65_536,
    1 << 20,
    Integer.MAX_VALUE,
    -1,
    -2,
    Integer.MIN_VALUE,
    0x8000_0000 | 15
  };

  private static final int[] TYPES = {0, 1, 2, 7, 101, 102, 103, 104, 105, 200, 201, 255};

  private static final String[] NAMES = {
    "..",
    ".",
    "",
    "/",
    "../outside",
    "a/b",
    "/etc/passwd",
    "a\0b",
    "\u00ff\u00fe",
    "new\nline",
    "file",
    "link",
    "directory",
    ".relais-00000000-000000000000",
    "d0",
    "d1/..",
    "n".repeat(255),
    "n".repeat(256),
    "n".repeat(5_000)
  };

  private static final int[] MODES = {0100644, 0100000, 0040755, 0040000, 0120777, 0060600, 0, -1};

  /** Such as a right server could give, at another directory. */
  private static final String[] LIKELY_NAMES = {
    ".",
    "..",
    "file",
    "file-1",
    "file-2",
    "link",
    "large",
    "d0",
    "d1",
    "d2",
    "extra-1",
    "\u00ff\u00fe",
    "new\nline",
    ".relais-00000000-000000000000",
    "n".repeat(255)
  };

  private final Random random;
  private final int oneIn;
  private final boolean likely;
  private final ArrayDeque<byte[]> earlier = new ArrayDeque<>();

  /**
   * Makes one.
   *
   * @param oneIn of so many replies one is wrong
   * @param likely whether each is what some right server could say, and only not true
   */
  public ReplyMutator(long seed, int oneIn, boolean likely) {
    this.likely = likely;
    this.random = new Random(seed);
    this.oneIn = oneIn;
  }

  @Override
  public synchronized List<byte[]> instead(byte[] asked, byte[] right) {
    earlier.add(right);
    if (earlier.size() > 20) {
      earlier.remove();
    }
    if (random.nextInt(oneIn) != 0) {
      return List.of(right);
    }
    return likely ? List.of(untrue(asked, right)) : mutated(asked, right);
  }

  private byte[] untrue(byte[] asked, byte[] right) {
    int id = SftpPackets.id(asked);
    int code = random.nextInt(10) == 0 ? SftpPackets.EOF : 2 + random.nextInt(7);
    return switch (SftpPackets.type(right)) {
      case SftpPackets.NAME ->
          SftpPackets.type(asked) == SftpPackets.READDIR
              ? names(id)
              : SftpPackets.name(id, "../" + LIKELY_NAMES[random.nextInt(LIKELY_NAMES.length)]);
      case SftpPackets.ATTRS -> attributes(SftpPackets.packet(SftpPackets.ATTRS, id)).build();
      case SftpPackets.STATUS -> {
        // The end of a listing, or what was done; or not.
        boolean isListing = SftpPackets.type(asked) == SftpPackets.READDIR;
        yield isListing && random.nextBoolean()
            ? names(id)
            : SftpPackets.status(id, isListing || random.nextBoolean() ? code : 0, "untrue");
      }
      case SftpPackets.DATA ->
          SftpPackets.packet(SftpPackets.DATA, id)
              .string("x".repeat(1 + random.nextInt(32_768)))
              .build();
      case SftpPackets.VERSION -> right;
      default -> SftpPackets.status(id, code, "untrue");
    };
  }

  private List<byte[]> mutated(byte[] asked, byte[] right) {
    byte[] reply = right.clone();
    ByteBuffer fields = ByteBuffer.wrap(reply);
    int id = SftpPackets.id(asked);
    if (SftpPackets.type(asked) == SftpPackets.READDIR && random.nextBoolean()) {
      return List.of(names(id));
    }
    return switch (random.nextInt(24)) {
      case 0, 1 -> {
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          reply[4 + random.nextInt(reply.length - 4)] ^= (byte) (1 << random.nextInt(8));
        }
        yield List.of(reply);
      }
      case 2 -> {
        reply[random.nextInt(reply.length)] = (byte) random.nextInt(256);
        yield List.of(reply);
      }
      case 3 -> List.of(resized(Arrays.copyOf(reply, 5 + random.nextInt(reply.length - 4))));
      case 4, 5, 6 -> {
        int most = Math.min(reply.length, random.nextBoolean() ? 40 : reply.length);
        yield List.of(resized(Arrays.copyOf(reply, 9 + random.nextInt(Math.max(1, most - 9)))));
      }
      case 7 -> {
        byte[] longer = Arrays.copyOf(reply, reply.length + 1 + random.nextInt(300_000));
        yield List.of(resized(longer));
      }
      case 8 -> {
        fields.putInt(0, number());
        yield List.of(reply);
      }
      case 9, 10, 11, 12 -> {
        int at =
            random.nextBoolean() ? 9 + 4 * random.nextInt(3) : 9 + random.nextInt(reply.length);
        if (at + 4 <= reply.length) {
          fields.putInt(at, number());
        }
        yield List.of(reply);
      }
      case 13 -> {
        reply[4] = (byte) TYPES[random.nextInt(TYPES.length)];
        yield List.of(reply);
      }
      case 14 -> {
        fields.putInt(5, random.nextBoolean() ? id + random.nextInt(9) - 4 : random.nextInt());
        yield List.of(reply);
      }
      case 15 -> List.of(right, right);
      case 16 -> {
        byte[] old =
            earlier.stream().skip(random.nextInt(earlier.size())).findFirst().orElseThrow();
        byte[] again = old.clone();
        ByteBuffer.wrap(again).putInt(5, id);
        yield List.of(random.nextBoolean() ? again : old, right);
      }
      case 17 -> {
        byte[] noise = new byte[random.nextInt(40)];
        random.nextBytes(noise);
        yield List.of(noise, right);
      }
      default -> List.of(unlikely(right, id));
    };
  }

  /** An answer of the right type, or at times of another, with what no server should say. */
  private byte[] unlikely(byte[] right, int id) {
    int type = random.nextInt(5) == 0 ? SftpPackets.NAME : SftpPackets.type(right);
    return switch (type) {
      case SftpPackets.NAME -> names(id);
      case SftpPackets.ATTRS -> attributes(SftpPackets.packet(SftpPackets.ATTRS, id)).build();
      default -> SftpPackets.status(id, number(), NAMES[random.nextInt(NAMES.length)]);
    };
  }

  private int number() {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }

  /** The packet with the length that it has. */
  private static byte[] resized(byte[] packet) {
    ByteBuffer.wrap(packet).putInt(0, packet.length - 4);
    return packet;
  }

  private byte[] names(int id) {
    int count = random.nextInt(6) + (likely ? 1 : 0);
    SftpPackets packet =
        SftpPackets.packet(SftpPackets.NAME, id)
            .integer(!likely && random.nextInt(8) == 0 ? number() : count);
    String[] from = likely ? LIKELY_NAMES : NAMES;
    for (int i = 0; i < count; i++) {
      packet.string(from[random.nextInt(from.length)]).string("");
      attributes(packet);
    }
    return packet.build();
  }

  private SftpPackets attributes(SftpPackets packet) {
    if (!likely && random.nextInt(20) == 0) {
      return packet.integer(number());
    }
    return packet
        .integer(1 | 4 | 8)
        .longInteger(
            random.nextInt(5) == 0
                ? random.nextLong() >>> (likely ? 1 : 0)
                : random.nextInt(20_000))
        .integer(MODES[random.nextInt(MODES.length)])
        .integer(random.nextInt())
        .integer(random.nextInt());
  }
}
