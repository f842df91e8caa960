package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableFileTest {
  @TempDir private Path directory;

  @Test
  void replacesAFileAndLeavesNothingElse() throws Exception {
    Path file = directory.resolve("state.json");
    DurableFile.replace(file, new byte[] {1});
    DurableFile.replace(file, new byte[] {2, 3});
    assertThat(file).hasBinaryContent(new byte[] {2, 3});
    assertThat(directory).isDirectoryContaining(found -> found.equals(file));
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void closesTheFileToOthers() throws Exception {
    Path file = directory.resolve("state.json");
    Files.writeString(file, "open to all");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    DurableFile.replace(file, new byte[] {1});
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void takesTheDraftOfAKilledRunAway() throws Exception {
    Files.writeString(directory.resolve("state.json.tmp"), "half a dra");
    DurableFile.replace(directory.resolve("state.json"), new byte[] {1});
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("state.json"));
    }
  }

  @Test
  void followsNoLinkThatIsPlantedInItsPlace() throws Exception {
    Path victim = Files.writeString(directory.resolve("victim"), "theirs");
    for (String planted : new String[] {"status.json", "status.json.tmp"}) {
      Files.createSymbolicLink(directory.resolve(planted), victim);
    }
    DurableFile.replaceUnflushed(directory.resolve("status.json"), new byte[] {1});
    assertThat(victim).hasContent("theirs");
    assertThat(directory.resolve("status.json")).isRegularFile().hasBinaryContent(new byte[] {1});
    assertThat(directory.resolve("status.json.tmp")).doesNotExist();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("status.json"))))
        .isEqualTo("rw-------");
  }

  @Test
  void keepsTheOldFileWhenItCannotWrite() throws Exception {
    Path file = directory.resolve("state.json");
    Files.createDirectories(file.resolve("in the way"));
    assertThatThrownBy(() -> DurableFile.replace(file, new byte[] {1}))
        .isInstanceOf(IOException.class);
    assertThat(file.resolve("in the way")).exists();
    assertThat(directory.resolve("state.json.tmp")).doesNotExist();
  }

  /** Only root can give a file away; any other user's directory is his own. */
  @Test
  void givesWhatRootWritesToTheDirectorysOwner() throws Exception {
    if (System.getProperty("user.name").equals("root")) {
      Files.setAttribute(directory, "unix:uid", 65534);
    }
    Path file = directory.resolve("command");
    DurableFile.replace(file, new byte[] {1});
    assertThat(Files.getAttribute(file, "unix:uid"))
        .isEqualTo(Files.getAttribute(directory, "unix:uid"));
  }
}
