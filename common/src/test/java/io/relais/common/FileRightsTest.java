package io.relais.common;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.FileRights.UnsafeFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real files with real modes, below the machine's own /tmp, which is sticky. */
final class FileRightsTest {
  private final FileRights rights = FileRights.ofThisProcess();

  @TempDir private Path directory;
  private Path parent;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    parent = Files.createDirectory(directory.resolve("below"));
    file = Files.writeString(parent.resolve("file"), "a");
    mode(parent, "rwxr-xr-x");
    mode(file, "rw-------");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, fromString(mode));
  }

  /** The modes that Java has no name for. */
  private static void octal(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
  }

  private AbstractThrowableAssert<?, ?> refused(Path path) {
    return assertThatThrownBy(() -> rights.requireUnchangeable(path))
        .isInstanceOf(UnsafeFileException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r-----", "rw-r--r--", "r--r--r--", "rwxr-xr-x"})
  void whatOnlyWeCanChangePasses(String mode) throws IOException {
    mode(file, mode);

    rights.requireUnchangeable(file);
  }

  @ParameterizedTest
  @CsvSource({"rw-rw----, 0660", "rw----rw-, 0606", "rw-rw-rw-, 0666", "rw--w----, 0620"})
  void whatOthersCanChangeIsRefusedWithTheCommandThatKeepsThemOut(String mode, String octal)
      throws IOException {
    mode(file, mode);

    refused(file)
        .hasMessage(
            file + ": can be changed by others (mode " + octal + "); run: chmod go-w " + file);
  }

  @ParameterizedTest
  @CsvSource({"rwxrwxr-x, 0775", "rwxr-xrwx, 0757", "rwx-wx---, 0730", "rwxrwxrwx, 0777"})
  void aDirectoryOnTheWayInWhichOthersCanExchangeItIsNamed(String mode, String octal)
      throws IOException {
    mode(parent, mode);

    refused(file)
        .hasMessage(
            file
                + ": can be replaced by others, who may write to the directory "
                + parent
                + " (mode "
                + octal
                + "); run: chmod go-w "
                + parent);
  }

  @Test
  void whatIsOursInAStickyDirectoryCanNotBeExchanged() throws IOException {
    octal(parent, 01777);

    rights.requireUnchangeable(file);
    rights.requirePrivate(file);
  }

  @Test
  void butTheStateOfAProgramIsNotKeptWhereAllMayWrite() throws IOException {
    octal(parent, 01777);

    assertThatThrownBy(() -> rights.requireOwnDirectory(parent))
        .isInstanceOf(UnsafeFileException.class)
        .hasMessageContaining("can be changed by others (mode 1777)")
        .hasMessageContaining("chmod go-w " + parent);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwxr-x", "rwxrwx---", "rwx----wx"})
  void norWhereAGroupMay(String mode) throws IOException {
    mode(parent, mode);

    assertThatThrownBy(() -> rights.requireOwnDirectory(parent))
        .isInstanceOf(UnsafeFileException.class);
    mode(parent, "rwxr-xr-x");
    rights.requireOwnDirectory(parent);
    assertThatThrownBy(() -> rights.requireOwnDirectory(file))
        .hasMessageContaining("is not a directory");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLinkIsFollowedAndWhatItLeadsToCounts(boolean relative) throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path link =
        Files.createSymbolicLink(
            elsewhere.resolve("link"), relative ? Path.of("..", ".", "below", "file") : file);
    rights.requirePrivate(link);

    mode(file, "rw-r--r--");
    assertThatThrownBy(() -> rights.requirePrivate(link))
        .hasMessageContaining("is open to others (mode 0644)");

    mode(parent, "rwxrwxrwx");
    refused(link).hasMessageContaining("the directory " + parent + " (mode 0777)");

    mode(parent, "rwx------");
    mode(elsewhere, "rwxrwxrwx");
    refused(link).hasMessageContaining("the directory " + elsewhere + " (mode 0777)");
  }

  @Test
  void soIsALinkToADirectoryOnTheWay() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("below"));
    rights.requirePrivate(link.resolve("file"));
    rights.requirePrivate(link.resolve("../below/./file"));

    mode(parent, "rwxrwxrwx");

    refused(link.resolve("file")).hasMessageContaining("the directory " + parent);
  }

  @Test
  void linksInACircleEnd() throws IOException {
    Files.createSymbolicLink(directory.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(directory.resolve("b"), Path.of("a"));

    assertThatThrownBy(() -> rights.requireUnchangeable(directory.resolve("a")))
        .hasMessageContaining("is a circle of symbolic links");
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThatThrownBy(() -> rights.requirePrivate(file.resolveSibling("none")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(file.resolveSibling("none").toString());
  }

  @Test
  void aMissingFileInADirectoryOfEverybodyIsRefusedTooSinceTheyCouldPutOneThere()
      throws IOException {
    mode(parent, "rwxrwxrwx");

    refused(file.resolveSibling("none")).hasMessageContaining("can be replaced by others");
  }

  @Test
  void whatTheProcessBeganWithAndDevicesPass() {
    assertThatCode(() -> rights.requireUnchangeable(Path.of("/dev/stdin")))
        .doesNotThrowAnyException();
    assertThatCode(() -> rights.requireUnchangeable(Path.of("/dev/null")))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {"rw-------, none", "rw-r-----, 0640", "rw-r--r--, 0644", "rw----r--, 0604"})
  void saysWhoElseCanReadAFile(String mode, String octal) throws IOException {
    mode(file, mode);
    boolean root = Files.getAttribute(file, "unix:uid").equals(0);

    if (octal == null || (octal.equals("0640") && root)) {
      // A group that root has let in.
      assertThat(rights.exposure(file)).isEmpty();
    } else {
      assertThat(rights.exposure(file))
          .contains("is open to others (mode " + octal + "); run: chmod 600 " + file);
    }
  }
}
