package io.relais.testbed.ssh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bed itself, with the stock sftp client. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class OpenSshBedTest {
  @TempDir Path directory;

  private Shell.Result sftp(OpenSshBed bed, String host, String... commands) throws IOException {
    Path batch = Files.writeString(directory.resolve("batch"), String.join("\n", commands) + "\n");
    return Shell.attempt(
        "sftp",
        "-F",
        bed.sshConfig().toString(),
        "-o",
        "BatchMode=yes",
        "-o",
        "ConnectTimeout=10",
        "-b",
        batch.toString(),
        host);
  }

  private Path source(String text) throws IOException {
    return Files.writeString(directory.resolve("source"), text);
  }

  @ParameterizedTest
  @EnumSource
  void carriesAFileThroughTheBastion(OpenSshBed.KnownHosts form) throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).knownHosts(form).start()) {
      assertThat(sftp(bed, "backup", "put " + source("hello") + " a", "ls -l /data"))
          .as(bed.logOf(OpenSshBed.Server.BACKUP))
          .satisfies(result -> assertThat(result.exit()).as(result.output()).isZero());
      assertThat(bed.data().resolve("a")).hasContent("hello");
      assertThat(bed.proxy().bytesToServer()).isGreaterThan(1000);
    }
  }

  @Test
  void theShellAccountHasTheSftpSubsystem() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).hardened().start()) {
      Path target = bed.shellData().resolve("a");
      assertThat(sftp(bed, "backup-shell", "put " + source("x") + " " + target).exit()).isZero();
      assertThat(target).hasContent("x");
    }
  }

  @Test
  void theHardenedBastionRefusesSessionsButForwards() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).hardened().start()) {
      assertThat(Shell.attempt("ssh", "-F", bed.sshConfig().toString(), "bastion", "true").exit())
          .isNotZero();
      assertThat(sftp(bed, "backup", "ls").exit()).isZero();
    }
  }

  @Test
  void aFullDiskIsFull() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).disk(4).start()) {
      Path big = Files.write(directory.resolve("big"), new byte[6 << 20]);
      assertThat(sftp(bed, "backup", "put " + big).exit()).isNotZero();
      assertThat(sftp(bed, "backup", "rm big").exit()).isZero();
    }
  }

  @Test
  void aNewHostKeyIsRefusedByTheClient() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).start()) {
      String before = bed.fingerprintOf(OpenSshBed.Server.BACKUP);
      bed.rotateHostKey(OpenSshBed.Server.BACKUP);
      assertThat(bed.fingerprintOf(OpenSshBed.Server.BACKUP)).isNotEqualTo(before);
      Shell.Result result = sftp(bed, "backup", "ls");
      assertThat(result.exit()).isNotZero();
      assertThat(result.output()).contains("IDENTIFICATION HAS CHANGED");
    }
  }

  @Test
  void theBastionComesBack() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).start()) {
      bed.stopBastion();
      assertThat(sftp(bed, "backup", "ls").exit()).isNotZero();
      bed.startBastion();
      assertThat(sftp(bed, "backup", "ls").exit()).isZero();
    }
  }

  @Test
  void theProxyCutsAndRestores() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).start()) {
      bed.proxy().cut();
      assertThat(sftp(bed, "backup", "ls").exit()).isNotZero();
      bed.proxy().restore();
      bed.proxy().cutAfter(100_000);
      Path big = Files.write(directory.resolve("big"), new byte[6 << 20]);
      assertThat(sftp(bed, "backup", "put " + big).exit()).isNotZero();
      bed.proxy().restore();
      bed.proxy().delay(Duration.ofMillis(5));
      assertThat(sftp(bed, "backup", "put " + big).exit()).isZero();
      assertThat(bed.data().resolve("big")).hasSize(6 << 20);
    }
  }

  @Test
  void aBlackHoleSaysNothing() throws IOException {
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).start();
        Socket quiet = new Socket(InetAddress.getLoopbackAddress(), bed.proxy().port())) {
      assertThat(quiet.getInputStream().read()).isEqualTo('S');
      bed.proxy().blackhole();
      long before = bed.proxy().bytesToServer();
      quiet.getOutputStream().write("SSH-2.0-nothing\r\n".getBytes(UTF_8));
      await().untilAsserted(() -> assertThat(bed.proxy().bytesSwallowed()).isPositive());
      assertThat(bed.proxy().bytesToServer()).isEqualTo(before);
      bed.proxy().restore();
      assertThat(sftp(bed, "backup", "ls").exit()).isZero();
    }
  }

  @Test
  void nothingIsLeftBehind() throws IOException {
    Path data;
    int port;
    try (OpenSshBed bed = OpenSshBed.in(directory.resolve("c")).disk(4).start()) {
      data = bed.data();
      port = bed.proxy().port();
    }
    assertThat(data.resolve("../..")).doesNotExist();
    assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(data.toString());
    assertThat(
            Shell.attempt("ssh", "-o", "BatchMode=yes", "-p", Integer.toString(port), "127.0.0.1")
                .exit())
        .isEqualTo(255);
  }
}
