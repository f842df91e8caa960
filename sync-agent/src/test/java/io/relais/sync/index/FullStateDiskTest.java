package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state directory on a disk that is really full: a small tmpfs. */
@Tag("real")
final class FullStateDiskTest {
  @TempDir private Path directory;

  private Path disk;

  /** Tells why the index can't be used: at its opening, or once it was filled. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] arguments) {
      try (SqliteIndex index =
          SqliteIndex.open(Path.of(arguments[0]), InstantSource.system(), _ -> {})) {
        for (int i = 0; true; i++) {
          index.put(Records.path("x".repeat(200) + i), Records.file(i));
        }
      } catch (IndexException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @BeforeEach
  void make() throws IOException {
    disk = Files.createDirectory(directory.resolve("state"));
  }

  private void mount(String size) throws IOException, InterruptedException {
    run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString());
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    run("umount", disk.toString());
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void isNamedWhereNotEvenTheLibraryFits() throws Exception {
    mount("64k");
    assertThat(opened()).endsWith(" is full; free some space there\n");
    try (var left = Files.newDirectoryStream(disk, "sqlite-*")) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void isNamedWhereTheIndexFillsIt() throws Exception {
    mount("2m");
    assertThat(opened())
        .endsWith(
            "can't be used: the disk of the state directory "
                + disk
                + " is full; free some space there\n");
  }

  /** In a process of its own, which has no library yet; on both channels. */
  private String opened() throws IOException, InterruptedException {
    Process opener = ChildJvm.start("exec 2>&1", Opener.class, disk);
    String said = new String(opener.getInputStream().readAllBytes(), UTF_8);
    opener.waitFor();
    assertThat(said.lines().filter(line -> !line.startsWith("WARNING"))).hasSize(1);
    return said;
  }
}
