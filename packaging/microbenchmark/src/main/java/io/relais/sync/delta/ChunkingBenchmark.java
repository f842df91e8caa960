package io.relais.sync.delta;

import com.google.common.hash.HashCode;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is done with each byte of a large file, from memory: the score is MiB a second. SHA-256
 * alone is what everything else is to be compared with, for nothing that names a content by it can
 * be faster.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ChunkingBenchmark {
  private static final int MEBIBYTES = 64;

  /** As much as is read at once. */
  private static final int READ = 512 << 10;

  @Param SampleContent content = SampleContent.TEXT;

  private final ChunkSize size = ChunkSize.forFile(MEBIBYTES << 20);
  private byte[] bytes = {};
  private ChunkList known = new ChunkLister(size).finish();

  @Setup
  public void fill() {
    bytes = content.bytes(MEBIBYTES << 20);
    known = list();
  }

  /** Only hashes. */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public byte[] hash() {
    MessageDigest digest = ContentDigest.Sha256.digest();
    for (int at = 0; at < bytes.length; at += READ) {
      digest.update(bytes, at, READ);
    }
    return digest.digest();
  }

  /** Only finds where the chunks end; how many there are. */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public int cut() {
    Cutter cutter = new Cutter(size);
    int chunks = 0;
    int at = 0;
    while (at < bytes.length) {
      int to = Math.min(bytes.length, at + READ);
      int end = cutter.cut(bytes, at, to);
      chunks += end < 0 ? 0 : 1;
      at = end < 0 ? to : end;
    }
    return chunks;
  }

  /** As the first time that a file is sent: cuts, and hashes each chunk. */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public ChunkList list() {
    ChunkLister lister = new ChunkLister(size);
    for (int at = 0; at < bytes.length; at += READ) {
      lister.update(bytes, at, READ);
    }
    return lister.finish();
  }

  /**
   * As with a file that changed, of which all can be copied: finds each chunk again, and hashes the
   * whole, which takes a second thread.
   */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public HashCode match() throws IOException {
    int[] at = {0};
    Matcher matcher =
        new Matcher(
            (buffer, offset, length) -> {
              int count = Math.min(length, bytes.length - at[0]);
              System.arraycopy(bytes, at[0], buffer, offset, count);
              at[0] += count;
              return count;
            },
            known,
            bytes.length);
    while (matcher.next() != null) {
      // What would be done with each piece is no part of this.
    }
    return matcher.content();
  }
}
