package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.plan.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs as root, and watches in a child JVM that lacks root's capabilities. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
class UnreadableDirectoryTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path root;

  @ParameterizedTest
  @EnumSource
  void anUnreadableDirectoryIsSaidOnceAndWatchedWhenItBecomesReadable(SourceKind kind)
      throws Exception {
    assertThat(
            ChildJvm.runBy(
                List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search"),
                UnreadableDirectoryTest.class,
                kind.name(),
                root.toString()))
        .contains("checked");
  }

  /** What the child JVM runs. */
  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[1]);
    RecordingListener listener = new RecordingListener();
    Path closed = Files.createDirectory(root.resolve("closed"));
    Files.createDirectory(closed.resolve("inner"));
    Files.createDirectory(root.resolve("open"));
    allow(closed, "---------");
    try (ChangeSource source = SourceKind.valueOf(arguments[0]).watchful(root)) {
      source.start(listener);
      Files.createFile(root.resolve("open/file"));
      listener.awaitChanged("open/file");
      assertThat(listener.problems())
          .singleElement()
          .asString()
          .contains("permission denied", "setfacl -m u:");

      allow(closed, "rwx------");
      listener.awaitCovered("closed/inner");
      listener.awaitStanding("");
      awaitWatched(closed, listener);
      assertThat(listener.problems()).hasSize(1);

      Path later = root.resolve("open/later");
      Files.createDirectory(
          later,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
      listener.awaitStanding("later");
      Files.delete(later);
      listener.awaitStanding("");
    }
    System.out.println("checked");
  }

  /** What happens while all is watched anew is only scanned for; but then it is watched. */
  private static void awaitWatched(Path closed, RecordingListener listener) {
    AtomicInteger made = new AtomicInteger();
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              Files.createFile(closed.resolve("file" + made.incrementAndGet()));
              return IntStream.rangeClosed(1, made.get())
                  .anyMatch(i -> listener.hasChanged("closed/file" + i));
            });
  }

  private static void allow(Path directory, String permissions) throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
  }
}
