package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretTest {
  @TempDir Path directory;

  @Test
  void isMaskedWhereverItIsPrinted() {
    assertThat(Secret.of("hunter2")).hasToString("***");
    assertThat(Secret.of("hunter2").value()).isEqualTo("hunter2");
  }

  @Test
  void oneNewlineAtTheEndIsLeftOut() throws IOException {
    assertThat(Secret.readFile(file("pass word \n", "rw-------")).value()).isEqualTo("pass word ");
    assertThat(Secret.readFile(file("a\n\n", "r--------")).value()).isEqualTo("a\n");
    assertThat(Secret.readFile(file("a\r\n", "rw-------")).value()).isEqualTo("a");
    assertThat(Secret.readFile(file("é", "rw-------")).value()).isEqualTo("é");
  }

  @Test
  @Timeout(30)
  void aPipeIsNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("pipe");
    Process mkfifo = new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start();
    assertThat(mkfifo.waitFor()).isZero();

    assertThatThrownBy(() -> Secret.readFile(pipe))
        .hasMessage(
            pipe
                + ": is not a regular file; name one in its place, since a pipe or a device may never end");
  }

  @ParameterizedTest
  @CsvSource({"rw-r--r--, 0644", "rw--w----, 0620", "rw----r--, 0604", "rwxrwxrwx, 0777"})
  void aFileOpenToOthersIsRefusedWithTheCommandThatClosesIt(String mode, String octal)
      throws IOException {
    Path file = file("a", mode);

    assertThatThrownBy(() -> Secret.readFile(file))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(file + ": is open to others (mode " + octal + "); run: chmod 600 " + file);
  }

  @ParameterizedTest
  @CsvSource({
    "0600, 1000, 1000, true",
    "0440, 0, 0, true",
    "0440, 0, 1000, false",
    "0440, 1000, 0, false",
    "0460, 0, 0, false",
    "0444, 0, 0, false",
  })
  void onlyRootsOwnGroupMayReadToo(String mode, int owner, int group, boolean closed) {
    assertThat(FileRights.isClosed(Integer.parseInt(mode, 8), owner, group)).isEqualTo(closed);
  }

  @Test
  void theCommandIsSafeToPaste() throws IOException {
    Path file = directory.resolve("it's $(here)");
    Files.writeString(file, "a");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> Secret.readFile(file))
        .hasMessageEndingWith("chmod 600 -- '" + directory + "/it'\\''s $(here)'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n"})
  void anEmptyFileIsRefused(String content) throws IOException {
    Path file = file(content, "rw-------");

    assertThatThrownBy(() -> Secret.readFile(file))
        .hasMessage(file + ": is empty; write the secret into it");
  }

  @Test
  void aLargeFileIsRefused() throws IOException {
    Path file = file("x".repeat(65 * 1024), "rw-------");

    assertThatThrownBy(() -> Secret.readFile(file)).hasMessageContaining("larger than 64 KiB");
  }

  @Test
  void aDirectoryIsRefusedAndStaysAsOpenAsItIs() {
    assertThatThrownBy(() -> Secret.readFile(directory))
        .hasMessage(directory + ": is a directory; name the file in it");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> Secret.readFile(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none");
  }

  private Path file(String content, String mode) throws IOException {
    Path file = Files.createTempFile(directory, "secret", "");
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    return file;
  }
}
