package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What halts a mirror, what does not, and what is done while it is halted: with every default.
 * {@code -Drelais.cacheFiles=N} sets how many files come and go.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class HaltTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int CACHE_FILES = Integer.getInteger("relais.cacheFiles", 200);
  private static final int ALIVE = 40;

  @TempDir Path directory;
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.in(directory, "");
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private void begin() throws IOException {
    rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  private void fill(String name, int files) throws IOException {
    Path folder = Files.createDirectories(rig.source().resolve(name));
    for (int i = 0; i < files; i++) {
      Files.writeString(folder.resolve("f" + i), name + " " + i);
    }
  }

  private void remove(String name) throws IOException {
    MoreFiles.deleteRecursively(rig.source().resolve(name), RecursiveDeleteOption.ALLOW_INSECURE);
  }

  private void assertKeeps(Map<String, String> before, Duration time) {
    await()
        .during(time)
        .atMost(time.plusSeconds(20))
        .untilAsserted(
            () -> {
              assertThat(rig.state()).as("%s", rig.said()).isEqualTo("halted");
              assertThat(Listing.of(rig.target()).keySet()).containsAll(before.keySet());
            });
  }

  /** A cache, PHP's sessions, uploads that are resized: far more files than the mirror has. */
  @Test
  void filesThatComeAndGoNeverHalt() throws Exception {
    fill("pages", 60);
    Path cache = Files.createDirectories(rig.source().resolve("cache"));
    begin();
    for (int i = 0; i < CACHE_FILES; i++) {
      Path shard = Files.createDirectory(cache.resolve("c" + i));
      Files.writeString(shard.resolve("file"), "cached " + i);
      if (i >= ALIVE) {
        remove("cache/c" + (i - ALIVE));
      }
      if (i % 20 == 19) {
        // So that each has been at the backup before it goes.
        Path last = rig.target().resolve("cache/c" + i + "/file");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(last).as("%s", rig.said()).exists());
      }
    }
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).doesNotContain("HALTED");
  }

  @Test
  void removingABuildThatWasReplacedNeverHalts() throws Exception {
    fill("pages", 20);
    fill("dist", 150);
    begin();
    Files.move(rig.source().resolve("dist"), rig.source().resolve("dist.old"));
    rig.awaitEqual(LIMIT);
    fill("dist", 150);
    rig.awaitEqual(LIMIT);
    remove("dist.old");
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).doesNotContain("HALTED");
  }

  /** Most of what stood goes, and nothing is lost. */
  @Test
  void packingARepositoryNeverHalts() throws Exception {
    fill("app", 150);
    String app = rig.source().resolve("app").toString();
    Tools.run("git", "-C", app, "init", "-q");
    Tools.run("git", "-C", app, "add", ".");
    Tools.run(
        "git", "-C", app, "-c", "user.name=x", "-c", "user.email=x@y.z", "commit", "-q", "-m", "x");
    begin();
    int before = Listing.of(rig.target()).size();
    Tools.run("git", "-C", app, "gc", "-q");
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).doesNotContain("HALTED");
    assertThat(Listing.of(rig.target())).hasSizeLessThan(before - 200);
  }

  @Test
  void onceHaltedNothingIsDeletedUntilTheEntriesAreBack() throws Exception {
    for (int i = 0; i < 15; i++) {
      fill("d" + i, 25);
    }
    begin();
    for (int i = 0; i < 10; i++) {
      remove("d" + i);
    }
    rig.awaitState("halted");
    // What had gone before it was too much may have been deleted.
    Map<String, String> before = Listing.of(rig.target());
    assertThat(before).hasSizeGreaterThan(391 / 2);
    remove("d10");
    assertKeeps(before, Duration.ofSeconds(2));
    remove("d11");
    Files.writeString(rig.source().resolve("d14/new"), "new");
    Files.move(rig.source().resolve("d13/f0"), rig.source().resolve("d13/renamed"));
    await()
        .atMost(LIMIT)
        .until(
            () ->
                Files.exists(rig.target().resolve("d14/new"))
                    && Files.exists(rig.target().resolve("d13/renamed")));
    before.remove("/d13/f0");
    assertKeeps(before, Duration.ofSeconds(3));
    assertThat(rig.status("site", "message"))
        .contains("312 of ", "entries would be deleted", "most in d", " (26), d")
        .contains(
            "halted since 20",
            "bring back or add there those that are to stay",
            "run: sync-agent -c ");
    String said = rig.said();
    assertThat(said.substring(said.indexOf("HALTED"))).doesNotContain("in sync");

    rig.stopAgent();
    rig.startAgent();
    rig.awaitState("halted");
    remove("d12");
    assertKeeps(before, Duration.ofSeconds(2));

    for (int i = 0; i < 10; i++) {
      fill("d" + i, 25);
    }
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).contains("no longer halted");
    assertThat(rig.target().resolve("d10")).doesNotExist();
  }

  @Test
  void aDirectoryMountedFromItsOwnFileSystemIsMissedWhenItIsUnmounted() throws Exception {
    fill("pages", 200);
    Path uploads = Files.createDirectories(rig.source().resolve("uploads"));
    Path real = Files.createDirectories(directory.resolve("real"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(real.resolve("u" + i), "upload " + i);
    }
    Tools.run("mount", "--bind", real.toString(), uploads.toString());
    try {
      begin();
      Map<String, String> before = Listing.of(rig.target());
      Tools.run("umount", uploads.toString());
      rig.awaitState("halted");
      assertKeeps(before, Duration.ofSeconds(2));
      assertThat(rig.status("site", "message"))
          .contains("what was mounted on uploads is not mounted there any more, and 60 entries");

      rig.stopAgent();
      rig.startAgent();
      rig.awaitState("halted");
      assertKeeps(before, Duration.ofSeconds(2));

      Tools.run("mount", "--bind", real.toString(), uploads.toString());
      rig.awaitEqual(LIMIT);
    } finally {
      new ProcessBuilder("umount", "-l", uploads.toString()).start().waitFor();
    }
  }
}
