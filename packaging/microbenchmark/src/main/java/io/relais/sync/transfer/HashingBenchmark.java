package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Summary;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reads and hashes a file as a transfer does: opened, looked at before and after, SHA-256. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class HashingBenchmark {
  private static final String NAME = "file";

  /** Bytes of the file. */
  @Param({"1024", "1048576"})
  int size;

  private @Nullable Path directory;
  private @Nullable SourceTree tree;

  @Setup
  public void make() throws IOException {
    byte[] content = new byte[size];
    new Random(1).nextBytes(content);
    directory = Files.createTempDirectory("hashing");
    Files.write(directory.resolve(NAME), content);
    tree = LinuxSourceTree.open(directory, LinkPolicy.PRESERVE);
  }

  @Benchmark
  public HashCode hash() throws IOException {
    TransferProgress transferProgress = new TransferProgress(new Summary.Builder().build(), 0);
    try (SourceContent content =
        SourceContent.open(
            Objects.requireNonNull(tree),
            RelPath.ofLatin1(NAME),
            InstantSource.system(),
            () -> false,
            transferProgress)) {
      return content.hashAll();
    }
  }

  @TearDown
  public void remove() throws IOException {
    if (tree != null) {
      tree.close();
    }
    if (directory != null) {
      Files.delete(directory.resolve(NAME));
      Files.delete(directory);
    }
  }
}
