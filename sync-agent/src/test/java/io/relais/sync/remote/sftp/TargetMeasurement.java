package io.relais.sync.remote.sftp;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.sftp.TargetOptions.Wide;
import io.relais.sync.ssh.TestLinks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * For developers, by hand: how long uploads take, without scanning, planning and the index. {@code
 * TargetMeasurement SSH_CONFIG HOST DIRECTORY}; the directory must be new. What is compared runs in
 * turn, so that what else the machine does falls on all alike.
 */
final class TargetMeasurement {
  private static final int SMALL = 8 << 10;
  private static final int MANY = 2000;
  private static final int WIDTH = 384;
  private static final Wide NEVER = new Wide(Long.MAX_VALUE, Duration.ZERO);

  private TargetMeasurement() {}

  /** Prints a line for each measurement. */
  public static void main(String[] arguments) throws Exception {
    TemporaryNameGenerator names = new TemporaryNameGenerator("measurement");
    try (TestLinks client = TestLinks.of(Path.of(arguments[0]));
        SyncTarget ahead = open(client, arguments, names, false, Wide.USUAL);
        SyncTarget beside = open(client, arguments, names, true, NEVER)) {
      ahead.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      for (int round = 0; round < 3; round++) {
        one("8 KB, opened ahead", ahead);
        one("8 KB, beside its place", beside);
        many("2,000 of 8 KB", ahead);
        large("256 MiB, as usual", ahead);
        large("256 MiB, one connection", beside);
      }
    }
    System.exit(0);
  }

  private static SyncTarget open(
      TestLinks client,
      String[] arguments,
      TemporaryNameGenerator names,
      boolean consistent,
      Wide wide)
      throws Exception {
    return client
        .to(
            arguments[1],
            arguments[2],
            names,
            new TargetOptions(true, consistent, Optional.empty(), wide))
        .open(() -> {});
  }

  private static void put(SyncTarget target, String name, int size) throws IOException {
    var staged =
        target
            .stage(
                RelPath.ofLatin1(name),
                new BytesContent(new byte[size]),
                1_700_000_001L,
                0644,
                size)
            .await();
    if (target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN).getFirst().isPresent()) {
      throw new IOException(name + " was refused");
    }
  }

  private static void one(String what, SyncTarget target) throws IOException {
    double[] millis = new double[40];
    for (int i = 0; i < millis.length; i++) {
      long begun = System.nanoTime();
      put(target, "one", SMALL);
      millis[i] = (System.nanoTime() - begun) / 1e6;
    }
    Arrays.sort(millis);
    System.out.printf(
        "%-26s least %6.1f  p50 %6.1f  p95 %6.1f ms%n", what, millis[0], millis[20], millis[37]);
  }

  private static void many(String what, SyncTarget target) throws Exception {
    long begun = System.nanoTime();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(WIDTH, Thread.ofVirtual().factory())) {
      List<? extends Future<?>> all =
          IntStream.range(0, MANY)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            put(target, "many" + i, SMALL);
                            return null;
                          }))
              .toList();
      for (Future<?> each : all) {
        each.get();
      }
    }
    System.out.printf("%-26s %6.0f files/s%n", what, MANY / seconds(begun));
  }

  private static void large(String what, SyncTarget target) throws IOException {
    long begun = System.nanoTime();
    put(target, "large", 256 << 20);
    System.out.printf("%-26s %6.1f MB/s%n", what, 268.4 / seconds(begun));
  }

  private static double seconds(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }
}
