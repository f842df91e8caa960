package io.relais.sync.ssh.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import io.relais.testbed.ssh.OpenSshBed.KnownHosts;
import io.relais.testbed.ssh.OpenSshBed.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Certificates of hosts, against what the real {@code sftp} says with the same files: the name that
 * counts, dates, and what a certificate without force falls back to. Through a bastion and
 * directly.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class HostCertificatesTest {
  private static final String ALIAS = "HostKeyAlias Mirror.Example.org";

  @TempDir static Path directory;
  private static OpenSshBed bed;
  private static String sshConfig;
  private static String knownHosts;

  @BeforeAll
  static void start() throws IOException {
    bed = OpenSshBed.in(directory.resolve("client")).knownHosts(KnownHosts.CERTIFICATES).start();
    sshConfig = Files.readString(bed.sshConfig());
    knownHosts = Files.readString(bed.knownHosts());
  }

  @AfterAll
  static void stop() {
    bed.close();
  }

  @BeforeEach
  void known() throws IOException {
    know("[127.0.0.1]:*,*.example.org");
  }

  /** Lets the authority vouch for these names. */
  private static void know(String names) throws IOException {
    Files.writeString(bed.knownHosts(), knownHosts.replace("[127.0.0.1]:*", names));
  }

  /** Adds a line to the backup's block, and takes the bastion out of it. */
  private static void configure(String line, boolean direct) throws IOException {
    String config = direct ? sshConfig.replace("    ProxyJump bastion\n", "") : sshConfig;
    Files.writeString(
        bed.sshConfig(), config.replace("Host backup\n", "Host backup\n    " + line + "\n"));
  }

  private static boolean sftpConnects() throws Exception {
    Path output = directory.resolve("sftp.out");
    Process sftp =
        new ProcessBuilder("sftp", "-q", "-b", "/dev/null", "-F", "" + bed.sshConfig(), "backup")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return sftp.waitFor() == 0;
  }

  private static void assertConnects() throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig());
        SyncTarget target = links.to("backup").open(() -> {})) {
      assertThat(target.list(RelPath.ROOT)).containsKey("data");
    }
  }

  private static AbstractThrowableAssert<?, ?> assertRefused() throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig())) {
      return assertThatThrownBy(() -> links.to("backup").open(() -> {}))
          .isInstanceOf(TargetRefusedException.class)
          .hasMessageContaining("host certificate of backup (127.0.0.1:")
          .hasMessageContaining(bed.knownHosts() + ":1");
    }
  }

  @Test
  void looksForTheAlias() throws Exception {
    bed.certify(Server.BACKUP, "-n", "mirror.example.org");
    for (boolean direct : new boolean[] {true, false}) {
      configure(ALIAS, direct);
      assertThat(sftpConnects()).isTrue();
      assertConnects();
    }
    // Without the alias it is the name to connect to that counts.
    configure("", false);
    assertThat(sftpConnects()).isFalse();
    assertRefused()
        .hasMessageContaining("is for mirror.example.org and not for '127.0.0.1'")
        .hasMessageContaining("HostKeyAlias");
  }

  @Test
  void looksForTheHostNameAndNotForItsAddress() throws Exception {
    bed.certify(Server.BACKUP, "-n", "localhost");
    know("[127.0.0.1]:*,[localhost]:*");
    configure("HostName LOCALHOST", true);
    assertThat(sftpConnects()).isTrue();
    assertConnects();
  }

  @Test
  void doesNotTakeTheAddressWhereThereIsAnAlias() throws Exception {
    bed.certify(Server.BACKUP, "-n", "127.0.0.1");
    configure(ALIAS, false);
    assertThat(sftpConnects()).isFalse();
    assertRefused().hasMessageContaining("is for 127.0.0.1 and not for 'mirror.example.org'");
  }

  @Test
  void saysThatACertificateIsTooOldOrTooNew() throws Exception {
    configure("", false);
    bed.certify(Server.BACKUP, "-n", "127.0.0.1", "-V", "20200101:20200201");
    assertThat(sftpConnects()).isFalse();
    assertRefused()
        .hasMessageContaining("expired on 2020-02-01T00:00")
        .hasMessageContaining("sign");
    bed.certify(Server.BACKUP, "-n", "127.0.0.1", "-V", "21000101:21000201");
    assertThat(sftpConnects()).isFalse();
    assertRefused()
        .hasMessageContaining("is not valid before 2100-01-01T00:00")
        .hasMessageContaining("clocks");
  }

  /** As OpenSSH from 10.3 on has it; those before let it stand for every host. */
  @Test
  void refusesACertificateForNobody() throws Exception {
    bed.certify(Server.BACKUP);
    configure("", false);
    assertRefused().hasMessageContaining("names no host");
  }

  /** A certificate without force is worth what the key in it is. */
  @Test
  void fallsBackToTheKeyInIt() throws Exception {
    bed.certify(Server.BACKUP, "-n", "other.example.org");
    configure(ALIAS, false);
    Files.writeString(
        bed.knownHosts(),
        Files.readString(bed.knownHosts())
            + "mirror.example.org "
            + bed.hostKeyOf(Server.BACKUP)
            + "\nmirror.example.org "
            + bed.ecdsaHostKeyOf(Server.BACKUP)
            + "\n");
    assertThat(sftpConnects()).isTrue();
    assertConnects();
  }

  /** The first kind has checks of its own in MINA, and the last two none. */
  @Test
  void checksCertificatesInEachKindOfKeyExchange() throws Exception {
    bed.certify(Server.BACKUP, "-n", "mirror.example.org");
    for (String exchange :
        new String[] {
          "curve25519-sha256",
          "diffie-hellman-group14-sha256",
          "diffie-hellman-group-exchange-sha256"
        }) {
      configure(ALIAS + "\n    KexAlgorithms " + exchange, true);
      assertConnects();
      configure("KexAlgorithms " + exchange, true);
      assertRefused().hasMessageContaining("is for mirror.example.org");
    }
  }
}
