package io.relais.sync.remote.sftp;

import io.relais.sync.delta.SampleContent;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What {@code Compression yes} costs: zlib@openssh.com as MINA has it, packet by packet in one
 * stream, each flushed. The score is MiB a second before compression, on one core; a link that
 * carries more is made slower by it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class CompressionBenchmark {
  private static final int MEBIBYTES = 8;

  /** About what a channel puts into one packet. */
  private static final int PACKET = 32 << 10;

  /** MINA's. */
  private static final int OUTPUT = 4 << 10;

  @Param SampleContent content = SampleContent.TEXT;

  private final byte[] output = new byte[OUTPUT];
  private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION);
  private byte[] bytes = {};

  @Setup
  public void fill() {
    bytes = content.bytes(MEBIBYTES << 20);
    long compressed = deflate();
    System.out.printf(
        "%s: %,d bytes become %,d, 1 : %.2f%n",
        content, bytes.length, compressed, (double) bytes.length / compressed);
  }

  /** How many bytes are left. */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public long deflate() {
    long compressed = 0;
    for (int at = 0; at < bytes.length; at += PACKET) {
      deflater.setInput(bytes, at, PACKET);
      int count;
      do {
        count = deflater.deflate(output, 0, output.length, Deflater.SYNC_FLUSH);
        compressed += count;
      } while (count > 0);
    }
    return compressed;
  }

  @TearDown
  public void end() {
    deflater.end();
  }
}
