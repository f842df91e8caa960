package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import io.relais.sync.plan.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class DirectoryWatcherTroubleTest extends AbstractTroubleTest {
  DirectoryWatcherTroubleTest() {
    super(SourceKind.DIRECTORY_WATCHER);
  }

  @Test
  void lostEventsBecomeARescan() throws Exception {
    assertThat(ChildJvm.runInLocaleC(LosesEvents.class, root.toString())).contains("checked");
  }

  /** Runs with the JDK's small queue, by default, and holds the watcher's thread up meanwhile. */
  public static final class LosesEvents {
    private LosesEvents() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[0]);
      RecordingListener recording = new RecordingListener();
      CountDownLatch full = new CountDownLatch(1);
      ChangeSource.Listener slow =
          new ChangeSource.Listener() {
            @Override
            public void changed(RelPath path, ChangeSource.Sign sign) {
              try {
                full.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              recording.changed(path, sign);
            }

            @Override
            public void moved(RelPath from, RelPath to, boolean directory) {
              changed(from);
              changed(to);
            }

            @Override
            public void rescan(RelPath from, String reason) {
              recording.rescan(from, reason);
            }

            @Override
            public void degraded(String problem) {
              recording.degraded(problem);
            }
          };
      try (ChangeSource source =
          SourceKind.DIRECTORY_WATCHER.source(
              root, path -> false, Duration.ofHours(1), Duration.ofHours(1), 100)) {
        source.start(slow);
        for (int i = 0; i < 2_000; i++) {
          Files.createFile(root.resolve("a/f" + i));
        }
        full.countDown();
        recording.awaitRescan("events were lost");
        recording.forget();
        Files.createFile(root.resolve("a/b/after"));
        recording.awaitChanged("a/b/after");
      }
      System.out.println("checked");
    }
  }
}
