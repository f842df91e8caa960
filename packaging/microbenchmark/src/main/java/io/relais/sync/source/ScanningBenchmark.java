package io.relais.sync.source;

import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

/** Lists one directory, with all that the disk says of each entry. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ScanningBenchmark {
  /** How many files are in it. */
  @Param({"20", "10000"})
  int files;

  private @Nullable Path directory;
  private @Nullable SourceTree tree;

  @Setup
  public void make() throws IOException {
    Path made = Files.createTempDirectory("scanning");
    for (int i = 0; i < files; i++) {
      Files.writeString(made.resolve("file-%05d.php".formatted(i)), "<?php");
    }
    directory = made;
    tree = LinuxSourceTree.open(made, LinkPolicy.PRESERVE);
  }

  @Benchmark
  public Map<String, SourceEntry> list() throws IOException {
    SourceTree open = tree;
    return open == null ? Map.of() : open.list(RelPath.ROOT);
  }

  @TearDown
  public void remove() throws IOException {
    if (tree != null) {
      tree.close();
    }
    if (directory != null) {
      try (var paths = Files.walk(directory)) {
        List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        for (Path path : deepestFirst) {
          Files.delete(path);
        }
      }
    }
  }
}
