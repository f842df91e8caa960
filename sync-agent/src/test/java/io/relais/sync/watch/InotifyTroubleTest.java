package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.RelPath;
import java.nio.file.Files;
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

  @Test
  void aRootThatIsMovedAwayIsNoticedThoughNobodyLooks() throws Exception {
    try (ChangeSource source =
        new InotifySource(root, path -> false, HOUR, HOUR, Integer.MAX_VALUE)) {
      source.start(listener);
      Files.move(root, temporary.resolve("elsewhere"));
      listener.awaitRescan("gone");
    }
  }
}
