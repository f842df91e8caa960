package io.relais.microbenchmark;

import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.sync.engine.GeneratedTarget;
import io.relais.sync.engine.GeneratedTree;
import io.relais.sync.engine.Mirror;
import io.relais.sync.engine.PlainSettings;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/**
 * What a mirror costs by itself, without a disk or a network: a first sync of as many directories,
 * and of as many files in each, as the arguments say, and then a restart with nothing changed.
 * Prints wall time, CPU time an entry, and the heap: the most that was still used after a
 * collection, and the most that was used at all.
 */
public final class ManyFiles {
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private ManyFiles() {}

  /** Directories, files in each, and where the index is to be. */
  public static void main(String[] args) throws IOException, InterruptedException {
    GeneratedTree tree = new GeneratedTree(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    Path state = args.length > 2 ? Path.of(args[2]) : Files.createTempDirectory("relais");
    Files.createDirectories(state);
    SqliteIndex.unpackNativeLibraryIn(state);
    System.out.printf("%,d entries%n", tree.entries());
    if (!Files.exists(state.resolve("index.db"))) {
      measure("first sync", tree, new GeneratedTarget(tree, false), state);
    }
    measure("restart", tree, new GeneratedTarget(tree, true), state);
    measure("restart again", tree, new GeneratedTarget(tree, true), state);
  }

  private static void measure(String what, GeneratedTree tree, GeneratedTarget target, Path state)
      throws IOException, InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    StatusSink board =
        new StatusSink() {
          @Override
          public void transferring(String mirror, TransferProgress transferProgress) {}

          @Override
          public void show(String mirror, MirrorState state, Report report) {
            if (state instanceof MirrorState.InSync) {
              done.countDown();
            }
          }
        };
    TemporaryNameGenerator names = new TemporaryNameGenerator("benchmark");
    long cpu = cpuNanos();
    long wall = System.nanoTime();
    Mirror mirror =
        new Mirror(
            PlainSettings.of(Path.of("/nowhere"), state),
            Debouncer.perPath(Duration.ofMillis(50), Duration.ofSeconds(2), 10_000),
            () -> tree,
            _ -> target,
            SqliteIndex.open(state, InstantSource.system(), System.out::println),
            names,
            board,
            InstantSource.system());
    Thread owner = Thread.ofPlatform().start(mirror);
    if (!Uninterruptibles.awaitUninterruptibly(done, LIMIT)) {
      throw new IllegalStateException("not in sync after " + LIMIT);
    }
    double seconds = (System.nanoTime() - wall) / 1e9;
    double micros = (cpuNanos() - cpu) / 1e3 / tree.entries();
    mirror.stop();
    owner.join();
    System.out.printf(
        "%-14s %7.2f s, %5.2f us CPU an entry, %,d listings, %,d uploads, heap %,d MiB after a"
            + " collection, %,d MiB at most%n",
        what,
        seconds,
        micros,
        target.listings.sum(),
        target.uploads.sum(),
        afterCollection() >> 20,
        peak() >> 20);
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long afterCollection() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
        .mapToLong(pool -> pool.getCollectionUsage().getUsed())
        .sum();
  }

  private static long peak() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .mapToLong(pool -> pool.getPeakUsage().getUsed())
        .sum();
  }
}
