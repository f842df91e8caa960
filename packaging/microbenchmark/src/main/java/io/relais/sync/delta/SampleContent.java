package io.relais.sync.delta;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Random;

/** What files may be made of; always the same. */
public enum SampleContent {
  /** As in pictures, archives and everything else that is compressed by itself. */
  INCOMPRESSIBLE {
    @Override
    public byte[] bytes(int count) {
      byte[] bytes = new byte[count];
      new Random(1).nextBytes(bytes);
      return bytes;
    }
  },

  /**
   * As in pages, dumps and logs: words, few of them frequent, and every other line much as one
   * before.
   */
  TEXT {
    @Override
    public byte[] bytes(int count) {
      Random random = new Random(1);
      byte[][] words = words(random);
      byte[] bytes = new byte[count];
      int at = 0;
      while (at < count) {
        at =
            put(
                "\n<p id=\"%06d\">".formatted(random.nextInt(1_000_000)).getBytes(UTF_8),
                bytes,
                at);
        if (random.nextBoolean() && at > NEAR) {
          int from = at - 200 - random.nextInt(NEAR - 200);
          at = put(Arrays.copyOfRange(bytes, from, from + 50 + random.nextInt(100)), bytes, at);
        }
        for (int left = 6 + random.nextInt(6); left > 0; left--) {
          // The third power makes a tenth of the words about half of the text.
          at = put(words[(int) (Math.pow(random.nextDouble(), 3) * words.length)], bytes, at);
        }
      }
      return bytes;
    }
  };

  /** What is as near can be repeated, and a compressor sees that. */
  private static final int NEAR = 16 << 10;

  /** So many bytes of it. */
  public abstract byte[] bytes(int count);

  private static byte[][] words(Random random) {
    byte[][] words = new byte[5_000][];
    for (int i = 0; i < words.length; i++) {
      words[i] = new byte[3 + random.nextInt(8)];
      for (int at = 1; at < words[i].length; at++) {
        words[i][at] = (byte) ('a' + random.nextInt(26));
      }
      words[i][0] = ' ';
    }
    return words;
  }

  private static int put(byte[] word, byte[] bytes, int at) {
    byte[] fitting = Arrays.copyOf(word, Math.min(word.length, bytes.length - at));
    System.arraycopy(fitting, 0, bytes, at, fitting.length);
    return at + fitting.length;
  }
}
