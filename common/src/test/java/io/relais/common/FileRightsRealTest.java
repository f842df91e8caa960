package io.relais.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.FileRights.UnsafeFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a file is. Needs root, to give files away. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class FileRightsRealTest {
  private static final int ROOT = 0;
  private static final int SERVICE = 4711;
  private static final int STRANGER = 4712;

  @TempDir private Path directory;
  private Path parent;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    Files.setPosixFilePermissions(directory, fromString("rwxr-xr-x"));
    parent = Files.createDirectory(directory.resolve("below"));
    file = Files.writeString(parent.resolve("file"), "a");
    Files.setPosixFilePermissions(file, fromString("rw-------"));
  }

  private static void give(Path path, int user) throws IOException {
    Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
  }

  @ParameterizedTest
  @ValueSource(ints = {ROOT, SERVICE})
  void ownFilesPassAndSoDoRoots(int owner) throws IOException {
    give(file, owner);
    give(parent, owner);

    FileRights.of(SERVICE).requirePrivate(file);
    FileRights.of(SERVICE).requireOwnDirectory(parent);
  }

  /** As the units run both programs: with a user of their own. */
  @Test
  void aServiceIsTrustedWithItsOwnFiles() throws IOException, InterruptedException {
    give(file, SERVICE);
    give(parent, SERVICE);
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--reuid=" + SERVICE,
                "--clear-groups",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Service.class.getName(),
                file.toString(),
                parent.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).isEqualTo("passed\n");
  }

  /** What runs as that user. */
  static final class Service {
    private Service() {}

    public static void main(String[] arguments) throws IOException {
      FileRights.ofThisProcess().requirePrivate(Path.of(arguments[0]));
      FileRights.ofThisProcess().requireOwnDirectory(Path.of(arguments[1]));
      System.out.print("passed\n");
    }
  }

  @Test
  void aStrangersFileIsRefused() throws IOException {
    give(file, STRANGER);

    assertThatThrownBy(() -> FileRights.of(SERVICE).requirePrivate(file))
        .isInstanceOf(UnsafeFileException.class)
        .hasMessage(file + ": belongs to 4712, who could change it; run: chown 4711 " + file);
  }

  /** By hand, with the files of the service's own user. */
  @Test
  void rootIsToldToBecomeTheOwner() throws IOException {
    give(file, SERVICE);

    assertThatThrownBy(() -> FileRights.of(ROOT).requirePrivate(file))
        .hasMessage(
            file
                + ": belongs to 4711, who could change it; run this program as 4711, or run: chown"
                + " 0 "
                + file);
  }

  @Test
  void aStrangersDirectoryOnTheWayIsRefused() throws IOException {
    give(parent, STRANGER);

    assertThatThrownBy(() -> FileRights.of(SERVICE).requireUnchangeable(file))
        .isInstanceOf(UnsafeFileException.class)
        .hasMessage(
            file
                + ": can be replaced by 4712, who owns "
                + parent
                + " on the way to it; run: chown -h root "
                + parent);
  }

  /** In /tmp, anybody can put a link where a file is looked for. */
  @Test
  void aStrangersLinkIsRefusedAndRootsIsFollowed() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    Path link = Files.createSymbolicLink(shared.resolve("link"), file);
    FileRights.of(SERVICE).requirePrivate(link);

    give(link, STRANGER);

    assertThatThrownBy(() -> FileRights.of(SERVICE).requirePrivate(link))
        .hasMessageContaining("can be replaced by 4712, who owns " + link);
  }

  @Test
  void aGroupThatRootLetInMayReadASharedFile() throws IOException {
    Files.setPosixFilePermissions(file, fromString("rw-r-----"));
    assertThat(FileRights.of(SERVICE).exposure(file)).isEmpty();

    give(file, SERVICE);

    assertThat(FileRights.of(SERVICE).exposure(file))
        .contains("is open to others (mode 0640); run: chmod 600 " + file);
  }

  @Test
  void whatRootMustOpenToTheServiceIsOpenedToItsGroup() throws IOException {
    Files.setPosixFilePermissions(file, fromString("rw-r--r--"));

    assertThat(FileRights.of(SERVICE).exposure(file).orElseThrow())
        .isEqualTo(
            "is open to others (mode 0644); run: chgrp root %1$s && chmod 640 %1$s"
                .formatted(file));
  }

  /** systemd.exec(5): its own, of root, and the group's bits are an access list's. */
  @Test
  void credentialsOfSystemdPass() throws IOException {
    Files.setPosixFilePermissions(file, fromString("r--r-----"));
    Files.setPosixFilePermissions(parent, fromString("r-xr-x---"));

    FileRights.of(SERVICE).requirePrivate(file);
  }

  @Test
  void rootsWordInAnotherUsersDirectoryDoesNotFollowALink() throws IOException {
    give(parent, SERVICE);
    Path victim = Files.writeString(directory.resolve("victim"), "shadow");
    Files.createSymbolicLink(file.resolveSibling("command.tmp"), victim);

    DurableFile.replace(file.resolveSibling("command"), new byte[] {1});

    assertThat(victim).hasContent("shadow");
    assertThat(Files.getAttribute(victim, "unix:uid")).isEqualTo(ROOT);
    assertThat(Files.getAttribute(file.resolveSibling("command"), "unix:uid")).isEqualTo(SERVICE);
  }
}
