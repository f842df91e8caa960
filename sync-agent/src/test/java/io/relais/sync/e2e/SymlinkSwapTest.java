package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.plan.Exchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A site's user exchanges directories and symlinks that lead out of the mirror, while the agent
 * runs with its defaults: nothing beside the mirror may change. {@code -Drelais.swapSeconds=N} sets
 * how long, {@code -Drelais.seed=N} what the user does.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class SymlinkSwapTest {
  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("relais.swapSeconds", 6));
  private static final int FILES = 31;
  private static final String VICTIM = "must stay as it is";

  @TempDir Path directory;

  /** What the user exchanges: a directory with a symlink, at the root or deeper. */
  private static final String SHALLOW = "d";

  private static final String DEEP = "a/b/d";

  @ParameterizedTest
  @CsvSource({"false, " + SHALLOW, "false, " + DEEP, "true, " + SHALLOW, "true, " + DEEP})
  void nothingBesideTheMirrorChanges(boolean shell, String place) throws Exception {
    long seed = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("relais.seed=" + seed);
    try (Rig rig = Rig.in(directory, "")) {
      if (shell) {
        rig.mirrorToShellAccount();
      }
      Path beside = rig.target().resolveSibling("outside");
      Files.createDirectories(beside);
      for (int i = 0; i < FILES; i++) {
        Files.writeString(beside.resolve("f" + i), VICTIM);
      }
      rig.bed().giveToOwnerOf(shell ? rig.bed().shellData() : rig.bed().data(), beside);
      Path attacked = rig.source().resolve(place);
      Files.createDirectories(attacked);
      Files.createSymbolicLink(
          attacked.resolveSibling("link"),
          Path.of("../".repeat(place.split("/").length) + "outside"));
      rig.startAgent();
      rig.awaitEqual(Duration.ofSeconds(60));
      Map<String, String> before = Listing.of(beside);

      attack(rig, attacked, new Random(seed), () -> Listing.of(beside), before);

      assertThat(Listing.of(beside)).as("%s", rig.said()).isEqualTo(before);
      // The user stops: the mirror gets there, since nothing of what it saw come and go is gone.
      rig.awaitState("in-sync");
      assertThat(Listing.of(beside)).as("%s", rig.said()).isEqualTo(before);
    }
  }

  private interface Look {
    Map<String, String> at() throws IOException;
  }

  private static void attack(
      Rig rig, Path attacked, Random random, Look beside, Map<String, String> before)
      throws Exception {
    Path link = attacked.resolveSibling("link");
    AtomicBoolean over = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread swapper =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (!over.get()) {
                      Exchange.of(attacked, link);
                      if (random.nextInt(50) == 0) {
                        Thread.sleep(1);
                      }
                    }
                  } catch (IOException | InterruptedException e) {
                    failure.set(e);
                  }
                });
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  int i = 0;
                  while (!over.get()) {
                    try {
                      // Wherever the directory is just now; the symlink dangles at the source.
                      Path at = (i % 2 == 0 ? attacked : link).resolve("f" + i % FILES);
                      Files.writeString(at, "written by the attacker " + i++);
                      Thread.sleep(1);
                    } catch (NoSuchFileException e) {
                      i++;
                    } catch (IOException | InterruptedException e) {
                      failure.set(e);
                      return;
                    }
                  }
                });
    try {
      await()
          .during(LENGTH)
          .atMost(LENGTH.plusSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(
              () -> {
                assertThat(failure.get()).isNull();
                assertThat(beside.at()).as("%s", rig.said()).isEqualTo(before);
              });
    } finally {
      over.set(true);
      swapper.join();
      writer.join();
    }
  }
}
