package io.relais.sync.delta;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.relais.sync.delta.Edits.Edited;
import io.relais.sync.delta.Edits.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class MatcherTest {
  private static final long SEED = Long.getLong("relais.seed", 20_261_126L);

  /** A change spoils the chunk it begins in, and those until the cuts are in step again. */
  private static final int CHUNKS_A_PLACE = 4;

  @ParameterizedTest
  @EnumSource
  void sendsLittleMoreThanWhatIsNew(Shape shape) throws IOException {
    Random random = new Random(SEED);
    byte[] old = Edits.file(random, 5 << 20);
    ChunkList known = list(old);
    long added = 0;
    long sent = 0;
    int places = 0;
    for (int i = 0; i < 8; i++) {
      Edited edited = Edits.one(random, old, shape, 1 + random.nextInt(1 << 20));
      Assembled made = assemble(old, known, edited.content());
      assertThat(made.content).as("seed %s: %s", SEED, edited.how()).isEqualTo(edited.content());
      added += edited.added();
      sent += made.sent;
      places += edited.places();
    }
    assertThat(sent)
        .as("seed %s", SEED)
        .isLessThanOrEqualTo(added + (long) places * CHUNKS_A_PLACE * known.size().average());
  }

  @Test
  void putsTogetherWhateverWasDoneToAFile() throws IOException {
    for (long seed = SEED; seed < SEED + 60; seed++) {
      Random random = new Random(seed);
      byte[] old = Edits.file(random, random.nextInt(1 << 20) + 1);
      Edited edited = Edits.several(random, old, random.nextInt(6), 1 + random.nextInt(old.length));
      ChunkList known = list(old);
      Matcher matcher = matcher(known, edited.content());
      Assembled made = assemble(old, matcher);
      assertThat(made.content).as("seed %s: %s", seed, edited.how()).isEqualTo(edited.content());
      assertThat(matcher.isSame())
          .as("seed %s: %s", seed, edited.how())
          .isEqualTo(Arrays.equals(old, edited.content()));
      assertThat(matcher.content()).isEqualTo(Hashing.sha256().hashBytes(edited.content()));
      ChunkList next = matcher.chunks();
      assertThat(next.totalBytes()).isEqualTo(edited.content().length);
      assertThat(next)
          .as("seed %s: %s", seed, edited.how())
          .isEqualTo(list(edited.content(), next.size()));
    }
  }

  @Test
  void copiesAnUnchangedFileInFewPieces() throws IOException {
    byte[] old = Edits.file(new Random(SEED), 20 << 20);
    Assembled made = assemble(old, list(old), old);
    assertThat(made.sent).isZero();
    assertThat(made.copies).isBetween(5, 6);
  }

  @Test
  void followsARunThroughChunksThatAreAllAlike() throws IOException {
    byte[] old = new byte[20 << 20];
    Arrays.fill(old, (byte) 7);
    Assembled made = assemble(old, list(old), old);
    assertThat(made.sent).isZero();
    assertThat(made.copies).isBetween(5, 6);
  }

  @Test
  void leavesOutWhatIsZero() throws IOException {
    byte[] old = Edits.file(new Random(SEED), 1 << 20);
    byte[] now = new byte[20 << 20];
    System.arraycopy(old, 1000, now, 3 << 20, 500_000);
    now[10 << 20] = 1;
    ChunkList known = list(old);
    Assembled made = assemble(old, known, now);
    assertThat(made.content).isEqualTo(now);
    assertThat(made.zeros).isGreaterThan(now.length - 500_000 - 8 * known.size().max());
  }

  @Test
  void startsAnewListInAnotherSizeOnceAFileHasGrownFarOutOfTheOldOne() throws IOException {
    byte[] old = Edits.file(new Random(SEED), 1 << 20);
    ChunkList known = list(old);
    Matcher matcher = new Matcher(input(old), known, 1L << 40);
    assertThat(assemble(old, matcher).sent).isZero();
    assertThat(matcher.isSame()).isTrue();
    assertThat(matcher.chunks()).isEqualTo(list(old, ChunkSize.forFile(1L << 40)));
  }

  @Test
  void readsNothingFromAnEmptyFile() throws IOException {
    byte[] old = Edits.file(new Random(SEED), 100_000);
    assertThat(assemble(old, list(old), new byte[0]).content).isEmpty();
    assertThat(assemble(new byte[0], list(new byte[0]), old).sent).isEqualTo(old.length);
  }

  private static final class Assembled {
    byte[] content = {};
    long sent;
    long zeros;
    int copies;
  }

  private static Assembled assemble(byte[] old, ChunkList known, byte[] now) throws IOException {
    return assemble(old, matcher(known, now));
  }

  private static Assembled assemble(byte[] old, Matcher matcher) throws IOException {
    Assembled made = new Assembled();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (Piece piece = matcher.next(); piece != null; piece = matcher.next()) {
      assertThat(piece.length()).isPositive();
      switch (piece) {
        case Piece.Copy(long offset, long length) -> {
          content.write(old, (int) offset, (int) length);
          made.copies++;
        }
        case Piece.Literal(byte[] data, int from, int count) -> {
          content.write(data, from, count);
          made.sent += count;
        }
        case Piece.Zeros(long length) -> {
          content.write(new byte[(int) length], 0, (int) length);
          made.zeros += length;
        }
      }
    }
    assertThat(matcher.next()).isNull();
    made.content = content.toByteArray();
    return made;
  }

  private static Matcher matcher(ChunkList known, byte[] now) {
    return new Matcher(input(now), known, now.length);
  }

  private static Matcher.Input input(byte[] bytes) {
    int[] at = {0};
    return (buffer, offset, length) -> {
      int count = Math.min(length, bytes.length - at[0]);
      System.arraycopy(bytes, at[0], buffer, offset, count);
      at[0] += count;
      return count;
    };
  }

  private static ChunkList list(byte[] content) {
    return list(content, ChunkSize.forFile(content.length));
  }

  private static ChunkList list(byte[] content, ChunkSize size) {
    ChunkLister lister = new ChunkLister(size);
    lister.update(content, 0, content.length);
    return lister.finish();
  }
}
