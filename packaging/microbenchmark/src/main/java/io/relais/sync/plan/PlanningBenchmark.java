package io.relais.sync.plan;

import com.google.common.hash.Hashing;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** Compares one directory of 10,000 files with what was confirmed of it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class PlanningBenchmark {
  private static final int ENTRIES = 10_000;

  /** How many of the files were changed. */
  @Param({"0", "100", "10000"})
  int changed;

  private final Reconciler reconciler =
      new Reconciler(new SyncRules(true, true, SyncRules.Exclusion.NONE));
  private final Map<String, SourceEntry> source = new HashMap<>();
  private final Map<String, IndexEntry> confirmed = new HashMap<>();
  private final Map<String, TargetEntry> listed = new HashMap<>();

  @Setup
  public void fill() {
    for (int i = 0; i < ENTRIES; i++) {
      String name = "file-%05d.php".formatted(i);
      SourceEntry before = file(i, 0);
      confirmed.put(name, new IndexEntry(before, before.asTarget(), Hashing.sha256().hashInt(i)));
      listed.put(name, before.asTarget());
      source.put(name, i < changed ? file(i, 1) : before);
    }
  }

  private static SourceEntry file(int number, int version) {
    long time = (1_700_000_000L + number + version) * 1_000_000_000L;
    return new SourceEntry(EntryKind.FILE, 8192 + version, time, time, 0644, 1, number + 10, null);
  }

  /** As after a hint: the index is trusted. */
  @Benchmark
  public DirectoryPlan trusted() {
    return reconciler.directory(
        new DirectoryView(RelPath.ROOT, TargetContents.COPY, source, confirmed, null));
  }

  /** As at a start: the target was listed. */
  @Benchmark
  public DirectoryPlan listed() {
    return reconciler.directory(
        new DirectoryView(RelPath.ROOT, TargetContents.COPY, source, confirmed, listed));
  }
}
