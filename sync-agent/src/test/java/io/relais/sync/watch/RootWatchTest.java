package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What disturbs, and what doesn't, on the way to a directory. */
final class RootWatchTest {
  /** Long enough for an event that should not be one. */
  private static final Duration A_WHILE = Duration.ofMillis(300);

  @TempDir Path temporary;
  private final AtomicInteger changes = new AtomicInteger();

  private RootWatch guard(Path root) {
    return Objects.requireNonNull(RootWatch.start(root, changes::incrementAndGet));
  }

  private void awaitChange() {
    await().until(() -> changes.getAndSet(0) > 0);
  }

  @Test
  void whatHappensInTheDirectoriesOnTheWayDisturbsNobody() throws Exception {
    Path root = Files.createDirectories(temporary.resolve("a/root"));
    Path beside = Files.createFile(temporary.resolve("a/beside"));
    try (RootWatch guard = guard(root)) {
      assertThat(guard.seesAll()).isTrue();
      for (Path parent : new Path[] {temporary, temporary.resolve("a"), root}) {
        Files.createDirectory(parent.resolve("new"));
        Files.setPosixFilePermissions(
            parent.resolve("new"), PosixFilePermissions.fromString("rwx------"));
        Files.setLastModifiedTime(parent.resolve("new"), FileTime.fromMillis(1));
        Files.delete(parent.resolve("new"));
      }
      Files.setLastModifiedTime(beside, FileTime.fromMillis(1));
      Files.setLastModifiedTime(root, FileTime.fromMillis(1));
      Thread.sleep(A_WHILE);
      assertThat(changes).hasValue(0);
    }
  }

  @Test
  void aWayThatIsMissingIsFoundPieceByPiece() throws Exception {
    Path root = temporary.resolve("a/b/root");
    try (RootWatch guard = guard(root)) {
      assertThat(guard.seesAll()).isFalse();
      Files.createDirectory(temporary.resolve("a"));
      awaitChange();
      Files.createDirectory(temporary.resolve("a/b"));
      awaitChange();
      assertThat(guard.seesAll()).isFalse();
      Files.createDirectory(root);
      awaitChange();
      await().until(guard::seesAll);
    }
  }

  @Test
  void aWayThatIsMissingBehindASymlinkIsFound() throws Exception {
    Path release = Files.createDirectory(temporary.resolve("release"));
    Files.createSymbolicLink(temporary.resolve("current"), Path.of("release"));
    try (RootWatch guard = guard(temporary.resolve("current/public"))) {
      assertThat(guard.seesAll()).isFalse();
      Files.createDirectory(release.resolve("public"));
      awaitChange();
      await().until(guard::seesAll);
    }
  }

  @Test
  void symlinksThatLeadInACircleAreFollowedForAWhileOnly() throws IOException {
    Files.createSymbolicLink(temporary.resolve("x"), Path.of("y"));
    Files.createSymbolicLink(temporary.resolve("y"), Path.of("x"));
    try (RootWatch guard = guard(temporary.resolve("x/root"))) {
      assertThat(guard.seesAll()).isFalse();
      Files.delete(temporary.resolve("x"));
      awaitChange();
    }
  }
}
