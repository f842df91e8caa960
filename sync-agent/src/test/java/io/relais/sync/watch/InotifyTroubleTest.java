package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InotifyTroubleTest extends AbstractTroubleTest {
  private static final Duration HOUR = Duration.ofHours(1);

  InotifyTroubleTest() {
    super(SourceKind.INOTIFY);
  }

  @Test
  void aHundredThousandFilesMadeAtOnceAreAllHintedAt() throws Exception {
    int files = 100_000;
    try (ChangeSource _ = start()) {
      for (int i = 0; i < files; i++) {
        Files.createFile(root.resolve("a/b/f" + i));
      }
      listener.awaitChanged("a/b/f" + (files - 1));
      assertThat(IntStream.range(0, files).mapToObj(i -> "a/b/f" + i))
          .allMatch(name -> listener.changed().contains(RelPath.ofLatin1(name)));
      assertThat(listener.everyRescan()).isEmpty();
    }
  }

  private ChangeSource startWithoutLooking(Path directory) throws IOException {
    ChangeSource source =
        SourceKind.INOTIFY.source(directory, path -> false, HOUR, HOUR, Integer.MAX_VALUE);
    source.start(listener);
    return source;
  }

  @Test
  void aRootThatIsMovedAwayAndMadeAgainIsNoticedThoughNobodyLooks() throws Exception {
    try (ChangeSource _ = startWithoutLooking(root)) {
      Files.move(root, temporary.resolve("elsewhere"));
      listener.awaitRescan("gone");
      listener.forget();
      Files.createDirectory(root);
      listener.awaitRescan(""); // That it is there again, or that it was moved: what is seen first.
      Files.createFile(root.resolve("new"));
      listener.awaitChanged("new");
    }
  }

  @Test
  void aReleaseThatIsSwitchedToIsNoticedThoughNobodyLooks() throws Exception {
    Path releases = Files.createDirectory(temporary.resolve("releases"));
    for (int i = 1; i <= 3; i++) {
      Files.createDirectories(releases.resolve(i + "/public"));
    }
    Path current = temporary.resolve("current");
    Files.createSymbolicLink(current, Path.of("releases/1"));
    try (ChangeSource _ = startWithoutLooking(current.resolve("public"))) {
      for (int i = 2; i <= 3; i++) {
        Path next = Files.createSymbolicLink(temporary.resolve("next"), Path.of("releases/" + i));
        Files.move(next, current, StandardCopyOption.ATOMIC_MOVE);
        listener.awaitRescan("the watched directory was replaced");
        listener.forget();
        Files.createFile(current.resolve("public/new" + i));
        listener.awaitChanged("new" + i);
      }
    }
  }

  @Test
  void aDirectoryAboveThatIsMovedIsNoticedThoughNobodyLooks() throws Exception {
    Path above = temporary.resolve("above");
    Path site = Files.createDirectories(above.resolve("home/site"));
    try (ChangeSource _ = startWithoutLooking(site)) {
      Files.move(above, temporary.resolve("below"));
      listener.awaitRescan("gone");
      Files.createDirectories(site);
      listener.awaitRescan("there again");
    }
  }

  @Test
  void aDirectoryAboveThatIsOnlyPassedThroughDisturbsNobody() throws Exception {
    try (ChangeSource _ = startWithoutLooking(root)) {
      Files.createDirectories(temporary.resolve("x/y"));
      Files.setLastModifiedTime(temporary, FileTime.fromMillis(1));
      Files.createFile(root.resolve("new"));
      listener.awaitChanged("new");
      assertThat(listener.everyRescan()).isEmpty();
    }
  }
}
