package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** A mounted source can be unmounted while the agent runs, and nothing is deleted for that. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class UnmountTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;
  private Rig rig;
  private Path disk;

  @BeforeEach
  void start() throws Exception {
    rig = Rig.in(directory, "");
    disk = Files.createDirectories(directory.resolve("disk"));
    mountDiskAt(disk);
  }

  @AfterEach
  void end() throws Exception {
    rig.close();
    for (Path mounted : new Path[] {rig.source().resolve("uploads"), rig.source(), disk}) {
      // Some test has unmounted it.
      new ProcessBuilder("umount", "-l", mounted.toString()).start().waitFor();
    }
  }

  private static void mountDiskAt(Path place) throws IOException, InterruptedException {
    Tools.run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place.toString());
  }

  /** What is on the disk outlives its being unmounted here. */
  private void mountAt(Path place) throws IOException, InterruptedException {
    Tools.run("mount", "--bind", disk.toString(), place.toString());
  }

  private static void fill(Path tree) throws IOException {
    for (int i = 0; i < 60; i++) {
      Path folder = Files.createDirectories(tree.resolve("d" + i % 3));
      Files.writeString(folder.resolve("f" + i), "file " + i);
    }
  }

  /** Without -l: what holds something open there would keep it from that. */
  private static void unmount(Path place) throws IOException, InterruptedException {
    Tools.run("umount", place.toString());
  }

  private void assertNothingIsDeleted(Map<String, String> before) {
    rig.awaitState("halted");
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> assertThat(Listing.of(rig.target()).keySet()).containsAll(before.keySet()));
  }

  @Test
  void ofTheSourceItself() throws Exception {
    fill(disk);
    mountAt(rig.source());
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    Map<String, String> before = Listing.of(rig.target());

    unmount(rig.source());
    assertNothingIsDeleted(before);

    mountAt(rig.source());
    rig.awaitEqual(LIMIT);
    Files.writeString(rig.source().resolve("d1/later"), "written after it was mounted again");
    rig.awaitEqual(LIMIT);
    unmount(rig.source());
  }

  @Test
  void ofADirectoryInIt() throws Exception {
    for (int i = 0; i < 100; i++) {
      Files.writeString(rig.source().resolve("page" + i), "page " + i);
    }
    Path uploads = Files.createDirectories(rig.source().resolve("uploads"));
    mountDiskAt(uploads);
    fill(uploads);
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    Map<String, String> before = Listing.of(rig.target());

    unmount(uploads);
    assertNothingIsDeleted(before);

    mountDiskAt(uploads);
    fill(uploads);
    rig.awaitEqual(LIMIT);
    Files.writeString(uploads.resolve("d1/later"), "written after it was mounted again");
    rig.awaitEqual(LIMIT);
    unmount(uploads);
  }
}
