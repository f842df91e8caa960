package io.relais.sync.engine;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.sun.management.OperatingSystemMXBean;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourcePath;
import io.relais.sync.status.StatusSink;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import io.relais.sync.watch.InotifyInstance;
import io.relais.sync.watch.WatchSupervisor;
import io.relais.sync.watch.directorywatcher.DirectoryWatcherInstance;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Measures what of the reaction to a saved file is ours: from the moment that the file is closed,
 * or has its name, to the call that begins to send it, and to the one that puts it in place. The
 * target is in memory and answers at once. Run by hand: {@code Reaction DIRECTORY [inotify |
 * directory-watcher] [SAVES] [PAUSE_MILLIS]}; the directory must be empty.
 */
public final class Reaction {
  private static final int DIRECTORIES = 1_000;
  private static final int FILES_EACH = 10;
  private static final int SIZE = 8 << 10;

  private final BlockingQueue<Map.Entry<String, Long>> calls = new LinkedBlockingQueue<>();
  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("measure");
  private final Path source;
  private final Path state;

  private Reaction(Path directory) throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    state = Files.createDirectory(directory.resolve("state"));
  }

  public static void main(String[] arguments) throws Exception {
    String watcher = arguments.length > 1 ? arguments[1] : "inotify";
    int saves = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100;
    int pause = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 200;
    new Reaction(Path.of(arguments[0])).run(watcher, saves, pause);
    System.exit(0);
  }

  private void run(String watcher, int saves, int pause) throws Exception {
    for (int i = 0; i < DIRECTORIES; i++) {
      Path at = Files.createDirectory(source.resolve("d" + i));
      for (int j = 0; j < FILES_EACH; j++) {
        Files.write(at.resolve("f" + j), new byte[SIZE]);
      }
    }
    Mirror mirror = mirror();
    ChangeSource watch =
        watcher.equals("inotify")
            ? new WatchSupervisor(
                List.of(InotifyInstance.METHOD),
                SourcePath.of(source),
                path -> false,
                Duration.ofSeconds(10))
            : new WatchSupervisor(
                List.of(DirectoryWatcherInstance.METHOD),
                SourcePath.of(source),
                path -> false,
                Duration.ofSeconds(10));
    long begin = System.nanoTime();
    watch.start(mirror.listener());
    System.out.printf("watching after %.0f ms%n", (System.nanoTime() - begin) / 1e6);
    mirror.watched();
    Thread.ofPlatform().daemon().start(mirror);
    while (disk.snapshot().size() <= DIRECTORIES * FILES_EACH) {
      Thread.sleep(100);
    }
    Thread.sleep(3_000);
    Random random = new Random(1);
    for (boolean rename : new boolean[] {false, true, false, true}) {
      measure(rename ? "renamed " : "in place", saves, pause, rename, random);
    }
  }

  private void measure(String what, int saves, int pause, boolean rename, Random random)
      throws Exception {
    long cpu = cpu();
    double[] sent = new double[saves];
    double[] published = new double[saves];
    for (int i = 0; i < saves; i++) {
      Thread.sleep(pause / 2 + random.nextInt(pause));
      calls.clear();
      byte[] content = new byte[SIZE];
      random.nextBytes(content);
      Path at = source.resolve("d" + random.nextInt(DIRECTORIES));
      Path file = at.resolve("f" + random.nextInt(FILES_EACH));
      if (rename) {
        Files.write(at.resolve("temporary"), content);
        Files.move(at.resolve("temporary"), file, ATOMIC_MOVE);
      } else {
        Files.write(file, content);
      }
      long closed = System.nanoTime();
      sent[i] = millis("stage", closed);
      published[i] = millis("publish", closed);
    }
    System.out.printf(
        "%s: to the first request %s; in place %s; CPU for each %.2f ms%n",
        what, of(sent), of(published), (cpu() - cpu) / 1e6 / saves);
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private double millis(String call, long since) throws InterruptedException {
    while (true) {
      var next = calls.poll(10, TimeUnit.SECONDS);
      if (next == null) {
        return Double.NaN;
      }
      if (next.getKey().equals(call)) {
        return (next.getValue() - since) / 1e6;
      }
    }
  }

  private static String of(double[] millis) {
    Arrays.sort(millis);
    return "p50 %.2f p95 %.2f max %.2f ms"
        .formatted(
            millis[millis.length / 2], millis[millis.length * 95 / 100], millis[millis.length - 1]);
  }

  private Mirror mirror() {
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings = PlainSettings.of(source, state);
    return new Mirror(
        settings,
        Debouncer.perPath(Duration.ofMillis(50), Duration.ofSeconds(2), 50_000),
        () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
        timed(disk.link(names)),
        SqliteIndex.open(state, InstantSource.system(), problem -> {}),
        names,
        StatusSink.NONE,
        InstantSource.system());
  }

  private TargetConnector timed(TargetConnector link) {
    return onLost -> {
      SyncTarget target = link.open(onLost);
      return (SyncTarget)
          Proxy.newProxyInstance(
              SyncTarget.class.getClassLoader(),
              new Class<?>[] {SyncTarget.class},
              (_, method, arguments) -> {
                calls.add(Map.entry(method.getName(), System.nanoTime()));
                try {
                  return method.invoke(target, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    };
  }
}
