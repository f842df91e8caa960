package io.relais.sync.remote.sftp;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import io.relais.testbed.ssh.OpenSshBed.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The user's keys, and what is said where a login or what comes after it is refused. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class LoginsTest {
  @TempDir Path directory;

  private OpenSshBed.Builder bed() {
    return OpenSshBed.in(directory.resolve("client"));
  }

  private Path key(String name) {
    return directory.resolve("client").resolve(name);
  }

  private static TestLinks links(OpenSshBed bed, Optional<Path> passphraseFile) {
    return TestLinks.of(
        bed.sshConfig(), Duration.ofSeconds(15), Duration.ofSeconds(20), passphraseFile);
  }

  private static void assertConnects(TestLinks links, String host) throws Exception {
    try (SyncTarget target = links.to(host).open(() -> {})) {
      assertThat(target.list(RelPath.ROOT)).isNotEmpty();
    }
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(OpenSshBed bed, String host)
      throws Exception {
    return assertRefused(bed, host, Optional.empty());
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(
      OpenSshBed bed, String host, Optional<Path> passphraseFile) throws Exception {
    try (TestLinks links = links(bed, passphraseFile)) {
      return assertThatThrownBy(() -> links.to(host).open(() -> {}))
          .isInstanceOf(TargetRefusedException.class);
    }
  }

  private Path secret(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("passphrase"), text + "\n");
    return Files.setPosixFilePermissions(file, fromString("rw-------"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
  void logsInWithEachKindOfKey(String type) throws Exception {
    try (OpenSshBed bed = bed().userKeys(type, "").start();
        TestLinks links = links(bed, Optional.empty())) {
      assertConnects(links, "backup");
      assertConnects(links, "backup-shell");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
  void logsInWithEncryptedKeys(String type) throws Exception {
    try (OpenSshBed bed = bed().userKeys(type, "open sesame").start()) {
      try (TestLinks links = links(bed, Optional.of(secret("open sesame")))) {
        assertConnects(links, "backup");
      }
      assertRefused(bed, "backup")
          .hasMessageContaining(key("bastion_key").toString())
          .hasMessageContaining("passphrase_file");
      assertRefused(bed, "backup", Optional.of(secret("wrong")))
          .hasMessageContaining(key("bastion_key") + ": the passphrase in ")
          .hasMessageContaining("does not open it")
          .hasMessageNotContaining("wrong");
    }
  }

  @Test
  void refusesAKeyThatOthersCanRead() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      Files.setPosixFilePermissions(key("backup_key"), fromString("rw-r--r--"));
      assertRefused(bed, "backup")
          .hasMessageContaining("no key for")
          .hasMessageContaining("@backup: " + key("backup_key") + ": is open to others")
          .hasMessageContaining("chmod 600");
      await("no connection is left").until(() -> bed.proxy().connections() == 0);
    }
  }

  @Test
  void saysThatAKeyIsMissing() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      Files.delete(key("bastion_key"));
      assertRefused(bed, "backup")
          .hasMessageContaining("@bastion: " + key("bastion_key") + " is not there");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bastion", "backup"})
  void saysWhichHopRefusesTheLogin(String hop) throws Exception {
    try (OpenSshBed bed = bed().start()) {
      Files.copy(key("backup-shell_key"), key(hop + "_key"), StandardCopyOption.REPLACE_EXISTING);
      assertRefused(bed, "backup")
          .hasMessageContaining(hop + " (127.0.0.1:")
          .hasMessageContaining("refuses the login of relais")
          .hasMessageContaining(key(hop + "_key").toString())
          .hasMessageContaining("authorized_keys");
      await("no connection is left").until(() -> bed.proxy().connections() == 0);
    }
  }

  @Test
  void namesTheKeysThatItCouldNotUse() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      Path broken = Files.writeString(key("broken"), "no key at all\n");
      Files.setPosixFilePermissions(broken, fromString("rw-------"));
      Files.copy(key("backup-shell_key"), key("bastion_key"), StandardCopyOption.REPLACE_EXISTING);
      Files.writeString(
          bed.sshConfig(), "IdentityFile " + broken + "\n" + Files.readString(bed.sshConfig()));
      assertRefused(bed, "backup")
          .hasMessageContaining(key("bastion_key") + " (unusable: " + broken + ": ");
    }
  }

  /** The bastion's account runs nologin whatever is asked for. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void saysThatAHostOffersNoSftp(boolean hardened) throws Exception {
    try (OpenSshBed bed = hardened ? bed().hardened().start() : bed().start()) {
      assertRefused(bed, "bastion")
          .hasMessageContaining(
              hardened
                  ? "bastion opens no session for relaisjump"
                  : "bastion does not offer SFTP to relaisjump");
    }
  }

  @Test
  void showsWhatAnAccountSaysInPlaceOfTheServer() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      Path authorized = bed.shellData().resolveSibling("authorized_keys/relaisshell");
      Files.writeString(
          authorized, "command=\"echo Welcome to the backup\" " + Files.readString(authorized));
      assertRefused(bed, "backup-shell")
          .hasMessageContaining("does not offer SFTP to relaisshell")
          .hasMessageContaining("in place of SFTP it sends the text 'Welcome to the backup'");
    }
  }

  @Test
  void saysThatTheBastionDoesNotForward() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      String port = Integer.toString(bed.portOf(Server.BACKUP));
      Files.writeString(
          bed.sshConfig(), Files.readString(bed.sshConfig()).replace("Port " + port, "Port 9"));
      assertRefused(bed, "backup")
          .hasMessageContaining("backup (127.0.0.1:9)")
          .hasMessageContaining("PermitOpen");
      await("no connection is left").until(() -> bed.proxy().connections() == 0);
    }
  }
}
