package io.relais.loopback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LoopbackLinkTest {
  /** Where the backup keeps its files. */
  enum Disk {
    REAL,
    JIMFS
  }

  @TempDir Path temporary;

  private Path root(Disk disk) throws IOException {
    if (disk == Disk.REAL) {
      return Files.createDirectory(temporary.resolve("copy"));
    }
    FileSystem memory =
        Jimfs.newFileSystem(
            Configuration.unix().toBuilder()
                .setAttributeViews("basic", "owner", "posix", "unix")
                .build());
    return Files.createDirectory(memory.getPath("/copy"));
  }

  private LoopbackLink link(Disk disk) throws IOException {
    return LoopbackLink.start(temporary.resolve("client"), root(disk));
  }

  private static void write(SftpClient sftp, String path, String text, int mode)
      throws IOException {
    try (CloseableHandle file = sftp.open(path, OpenMode.Write, OpenMode.Create)) {
      sftp.write(file, 0, text.getBytes(UTF_8));
      Attributes attributes = new Attributes();
      attributes.setPermissions(mode);
      attributes.modifyTime(1_700_000_000L);
      attributes.accessTime(1_700_000_000L);
      sftp.setStat(file, attributes);
      assertThat(sftp.getExtension(OpenSSHFsyncExtension.class).isSupported()).isTrue();
      sftp.getExtension(OpenSSHFsyncExtension.class).fsync(file);
    }
  }

  @ParameterizedTest
  @EnumSource
  void replacesAFileInOneStep(Disk disk) throws Exception {
    try (LoopbackLink link = link(disk);
        TestClient client = TestClient.through(link)) {
      SftpClient sftp = client.sftp();
      write(sftp, "/a", "old", 0644);
      write(sftp, "/.new", "new", 0640);
      sftp.getExtension(OpenSSHPosixRenameExtension.class).posixRename("/.new", "/a");

      assertThat(link.root().resolve("a")).hasContent("new");
      assertThat(Files.exists(link.root().resolve(".new"))).isFalse();
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(link.root().resolve("a"))))
          .isEqualTo("rw-r-----");
      assertThat(Files.getLastModifiedTime(link.root().resolve("a")))
          .isEqualTo(FileTime.fromMillis(1_700_000_000_000L));
      Attributes seen = sftp.lstat("/a");
      assertThat(seen.getPermissions()).isEqualTo(0100640);
      assertThat(seen.getModifyTime().toMillis()).isEqualTo(1_700_000_000_000L);
      assertThat(seen.getSize()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void createsAFileWithTheModeAskedFor(Disk disk) throws Exception {
    try (LoopbackLink link = link(disk);
        TestClient client = TestClient.through(link)) {
      client.sftp().close(client.openWithMode("/key", 0600));
      assertThat(client.sftp().lstat("/key").getPermissions()).isEqualTo(0100600);
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsLinksAndStaysInTheRoot(Disk disk) throws Exception {
    try (LoopbackLink link = link(disk);
        TestClient client = TestClient.through(link)) {
      SftpClient sftp = client.sftp();
      write(sftp, "/file", "x", 0644);
      sftp.symLink("/absolute", "/file");
      sftp.symLink("/out", "../../../../etc/passwd");
      sftp.symLink("/dangling", "no/where");

      assertThat(sftp.readLink("/out")).isEqualTo("../../../../etc/passwd");
      assertThat(sftp.readLink("/dangling")).isEqualTo("no/where");
      assertThat(sftp.lstat("/dangling").isSymbolicLink()).isTrue();
      assertThat(sftp.stat("/absolute").isRegularFile()).isTrue();
      assertThatThrownBy(() -> sftp.stat("/out"))
          .isInstanceOfSatisfying(
              SftpException.class,
              e -> assertThat(e.getStatus()).isEqualTo(SftpConstants.SSH_FX_NO_SUCH_FILE));
      assertThat(sftp.canonicalPath("/../..")).isEqualTo("/");
    }
  }

  @Test
  void keepsWhatALinkSaysToTheLastSlash() throws Exception {
    try (LoopbackLink link = link(Disk.REAL);
        TestClient client = TestClient.through(link)) {
      client.sftp().symLink("/link", "a//b/../\u00e9/");
      assertThat(client.sftp().readLink("/link")).isEqualTo("a//b/../\u00e9/");
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesAreBytes(Disk disk) throws Exception {
    String name =
        new String(new byte[] {'a', (byte) 0xff, '\n', '\\', (byte) 0xc3, ' '}, ISO_8859_1);
    try (LoopbackLink link = link(disk);
        TestClient client = TestClient.through(link)) {
      SftpClient sftp = client.sftp();
      sftp.setNameDecodingCharset(ISO_8859_1);
      client.openLatin1(name);

      List<String> names = new ArrayList<>();
      for (DirEntry entry : sftp.readDir("/")) {
        names.add(entry.getFilename());
      }
      assertThat(names).containsExactlyInAnyOrder(".", "..", name);
    }
  }

  @ParameterizedTest
  @EnumSource
  void failsWhereATestWantsIt(Disk disk) throws Exception {
    try (LoopbackLink link = link(disk);
        TestClient client = TestClient.through(link)) {
      SftpClient sftp = client.sftp();
      link.failWrites(path -> path.equals("/bad"));
      write(sftp, "/good", "x", 0644);
      assertThatThrownBy(() -> write(sftp, "/bad", "x", 0644))
          .isInstanceOfSatisfying(
              SftpException.class,
              e -> assertThat(e.getStatus()).isEqualTo(SftpConstants.SSH_FX_FAILURE));
      link.heal();
      write(sftp, "/bad", "x", 0644);
      assertThat(link.count(Operation.WRITE)).isEqualTo(3);
    }
  }

  @Test
  void reportsAFullDisk() throws Exception {
    FileSystem small =
        Jimfs.newFileSystem(
            Configuration.unix().toBuilder()
                .setAttributeViews("basic", "owner", "posix", "unix")
                .setMaxSize(64 * 1024)
                .build());
    try (LoopbackLink link = LoopbackLink.start(temporary.resolve("client"), small.getPath("/"));
        TestClient client = TestClient.through(link)) {
      assertThatThrownBy(() -> write(client.sftp(), "/big", "x".repeat(100_000), 0644))
          .isInstanceOfSatisfying(
              SftpException.class,
              e -> assertThat(e.getStatus()).isEqualTo(SftpConstants.SSH_FX_FAILURE));
    }
  }

  @Test
  void comesBackOnTheSamePort() throws Exception {
    try (LoopbackLink link = link(Disk.REAL)) {
      try (TestClient client = TestClient.through(link)) {
        link.stopBastion();
        assertThatThrownBy(() -> client.sftp().lstat("/")).isInstanceOf(IOException.class);
      }
      assertThatThrownBy(() -> TestClient.through(link)).isInstanceOf(IOException.class);
      link.restartBastion();
      try (TestClient client = TestClient.through(link)) {
        link.dropConnections();
        assertThatThrownBy(() -> client.sftp().lstat("/")).isInstanceOf(IOException.class);
      }
      try (TestClient client = TestClient.through(link)) {
        assertThat(client.sftp().lstat("/").isDirectory()).isTrue();
      }
    }
  }

  @Test
  void theBastionLeadsNowhereElse() throws Exception {
    try (LoopbackLink link = link(Disk.REAL)) {
      assertThatThrownBy(() -> TestClient.through(link, link.bastionPort()))
          .isInstanceOf(IOException.class);
    }
  }
}
