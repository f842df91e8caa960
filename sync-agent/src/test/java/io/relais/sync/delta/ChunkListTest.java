package io.relais.sync.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChunkListTest {
  private static final byte[] CONTENT = Edits.file(new Random(1), 3_000_000);

  @ParameterizedTest
  @CsvSource({
    "0, 4096",
    "1048576, 4096",
    "4194304, 4096",
    "67108864, 8192",
    "1073741824, 32768",
    "1099511627776, 1048576",
    "9223372036854775807, 4194304"
  })
  void chunksGrowWithTheRootOfTheFile(long bytes, int average) {
    assertThat(ChunkSize.forFile(bytes)).isEqualTo(new ChunkSize(average));
  }

  @Test
  void aFileKeepsItsSizeOfChunksWhileItGrowsManyTimes() {
    ChunkSize size = ChunkSize.forFile(1L << 30);
    assertThat(size.suits(1L << 30)).isTrue();
    assertThat(size.suits((1L << 34) - 1)).isTrue();
    assertThat(size.suits(1L << 36)).isFalse();
    assertThat(size.suits(1L << 24)).isFalse();
  }

  @Test
  void cutsAreTheSameHoweverTheBytesCome() {
    Random random = new Random(2);
    ChunkLister lister = new ChunkLister(new ChunkSize(8192));
    for (int at = 0; at < CONTENT.length; ) {
      int count = Math.min(CONTENT.length - at, random.nextInt(20_000));
      lister.update(CONTENT, at, count);
      at += count;
    }
    assertThat(lister.finish()).isEqualTo(list(CONTENT, 8192));
  }

  @Test
  void chunksHaveAboutTheAverageAndKeepToTheirLimits() {
    ChunkList list = list(CONTENT, 8192);
    for (int i = 0; i < list.count() - 1; i++) {
      assertThat(list.length(i)).isBetween(8192 / 4, 8192 * 4);
    }
    assertThat(CONTENT.length / list.count()).isBetween(6_000, 11_000);
  }

  /** Whoever changes the table, a mask or a limit makes every list that is kept worthless. */
  @Test
  void cutsWhereItAlwaysDid() {
    ChunkList list = list(Edits.file(new Random(3), 200_000), 8192);
    assertThat(Arrays.toString(new int[] {list.length(0), list.length(1), list.length(2)}))
        .isEqualTo("[2988, 8851, 5066]");
  }

  @Test
  void zerosMakeTheLargestChunks() {
    assertThat(list(new byte[64 << 10], 4096).count()).isEqualTo(4);
  }

  @Test
  void survivesBeingKept() {
    ChunkList list = list(CONTENT, 4096);
    ChunkList kept = ChunkList.of(list.toBytes());
    assertThat(kept).isEqualTo(list);
    assertThat(kept.totalBytes()).isEqualTo(CONTENT.length);
    assertThat(kept.listBytes()).isEqualTo(4 + 24 * list.count());
    assertThat(kept.hashCode()).isEqualTo(list.hashCode());
    assertThat(kept).hasToString(list.count() + " chunks of 3000000 bytes");
  }

  @Test
  void rejectsBytesThatAreNoList() {
    byte[] good = list(CONTENT, 4096).toBytes();
    byte[] negative = good.clone();
    negative[4] = -1;
    byte[] odd = good.clone();
    odd[3] = 1;
    for (byte[] bad :
        new byte[][] {{}, new byte[4], Arrays.copyOf(good, good.length - 1), negative, odd}) {
      assertThatIllegalArgumentException().isThrownBy(() -> ChunkList.of(bad));
    }
  }

  private static ChunkList list(byte[] content, int average) {
    ChunkLister lister = new ChunkLister(new ChunkSize(average));
    lister.update(content, 0, content.length);
    return lister.finish();
  }
}
