package io.relais.sync.delta;

import java.util.Arrays;
import java.util.Random;

/** Files and changes of them, always the same for a seed. */
public final class Edits {
  private Edits() {}

  /** A changed content, how many bytes of it are new, and how many places were touched. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Edited(byte[] content, long added, int places, String how) {}

  /** What may be done to a file. */
  public enum Shape {
    IN_PLACE,
    ZERO,
    INSERT,
    DELETE,
    APPEND,
    TRUNCATE,
    MOVE,
    COPY,
    PREPEND
  }

  /** Random bytes. */
  public static byte[] file(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Some changes, one after the other. */
  public static Edited several(Random random, byte[] content, int count, int most) {
    Edited edited = new Edited(content, 0, 0, "");
    for (int i = 0; i < count; i++) {
      Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
      Edited next = one(random, edited.content(), shape, 1 + random.nextInt(most));
      edited =
          new Edited(
              next.content(),
              edited.added() + next.added(),
              edited.places() + next.places(),
              edited.how() + " " + next.how());
    }
    return edited;
  }

  /** One change of so many bytes. */
  public static Edited one(Random random, byte[] old, Shape shape, int bytes) {
    int count = Math.min(bytes, old.length);
    int at = random.nextInt(old.length - count + 1);
    byte[] added = file(random, bytes);
    byte[] head = Arrays.copyOf(old, at);
    byte[] cut = Arrays.copyOfRange(old, at, at + count);
    byte[] tail = Arrays.copyOfRange(old, at + count, old.length);
    String how = "%s of %d at %d".formatted(shape, count, at);
    return switch (shape) {
      case IN_PLACE -> new Edited(join(head, Arrays.copyOf(added, count), tail), count, 1, how);
      // The chunks at both ends of it become as long as any.
      case ZERO -> new Edited(join(head, new byte[count], tail), 0, 3, how);
      case INSERT -> new Edited(join(head, added, cut, tail), bytes, 1, how);
      case DELETE -> new Edited(join(head, tail), 0, 1, how);
      case APPEND -> new Edited(join(old, added), bytes, 1, how);
      case PREPEND -> new Edited(join(added, old), bytes, 1, how);
      case TRUNCATE -> new Edited(Arrays.copyOf(old, old.length - count), 0, 1, how);
      case MOVE -> new Edited(join(cut, head, tail), 0, 3, how);
      case COPY -> new Edited(join(old, cut), 0, 2, how);
    };
  }

  private static byte[] join(byte[]... parts) {
    byte[] joined = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }
}
