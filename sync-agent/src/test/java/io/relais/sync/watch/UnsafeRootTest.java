package io.relais.sync.watch;

import static io.relais.sync.source.Owned.ALICE;
import static io.relais.sync.source.Owned.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.Owned;
import io.relais.sync.source.UnsafeSourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the site's user leads to is not even watched. Runs as root. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
class UnsafeRootTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path temporary;
  private final RecordingListener listener = new RecordingListener();
  private Path current;
  private Path secret;

  @BeforeEach
  void make() throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Owned.directory(temporary.toRealPath().resolve("home"), ALICE);
    Owned.directory(home.resolve("release"), ALICE);
    current = Owned.link(home.resolve("current"), "release", ALICE);
    secret = Owned.directory(temporary.toRealPath().resolve("secret"), ROOT, "rwx------");
    Files.createDirectory(secret.resolve("directory"));
  }

  private void leadTo(String text) throws IOException {
    Path next = Owned.link(current.resolveSibling("next"), text, ALICE);
    Files.move(next, current, StandardCopyOption.ATOMIC_MOVE);
  }

  @ParameterizedTest
  @EnumSource
  void isNotWatchedAtTheStart(SourceKind kind) throws IOException {
    leadTo(secret.toString());
    try (ChangeSource source = kind.watchful(current)) {
      assertThatExceptionOfType(UnsafeSourceException.class)
          .isThrownBy(() -> source.start(listener))
          .withMessageContaining(current.toString())
          .withMessageContaining(secret.toString());
    }
  }

  @Test
  void isLetGoWhenTheLinkIsSwitchedAndTakenUpAgain() throws Exception {
    try (ChangeSource source =
        SourceKind.INOTIFY.source(current, path -> false, HOUR, HOUR, Integer.MAX_VALUE)) {
      source.start(listener);
      leadTo(secret.toString());
      listener.awaitRescan("the watched directory is gone or out of reach");
      listener.forget();
      Files.createFile(secret.resolve("directory/new"));
      await()
          .during(Duration.ofMillis(300))
          .untilAsserted(() -> assertThat(listener.changed()).isEmpty());

      leadTo("release");
      listener.awaitRescan("the watched directory is there again");
      listener.forget();
      Files.createFile(current.resolve("file"));
      listener.awaitChanged("file");
      assertThat(listener.changed()).doesNotContain(RelPath.ofLatin1("directory/new"));
    }
  }
}
