package io.relais.sync.remote.sftp;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real servers that offer only what OpenSSH itself uses no more: it takes a line of ssh_config. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class OldAlgorithmsTest {
  private static final String SHA1_HOST_KEY =
      "HostKey %dir/backup_rsa_key\nHostKeyAlgorithms ssh-rsa\n";

  @TempDir Path directory;

  private OpenSshBed.Builder bed() {
    return OpenSshBed.in(directory.resolve("client"));
  }

  private static void assertConnects(OpenSshBed bed) throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig());
        SyncTarget target = links.to("backup").open(() -> {})) {
      assertThat(target.list(RelPath.ROOT)).containsKey("data");
    }
  }

  private static String refusal(OpenSshBed bed) throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig())) {
      String[] message = new String[1];
      assertThatThrownBy(() -> links.to("backup").open(() -> {}))
          .isInstanceOf(TargetRefusedException.class)
          .satisfies(refusal -> message[0] = String.valueOf(refusal.getMessage()));
      await("no connection is left").until(() -> bed.proxy().connections() == 0);
      return message[0];
    }
  }

  private static void configure(OpenSshBed bed, String line) throws IOException {
    Files.writeString(
        bed.sshConfig(),
        Files.readString(bed.sshConfig()).replace("Host backup\n", "Host backup\n" + line + "\n"));
  }

  private static void trustRsaKey(OpenSshBed bed) throws IOException {
    Files.writeString(
        bed.knownHosts(),
        Files.readString(bed.knownHosts())
            + "[127.0.0.1]:%d %s\n".formatted(bed.portOf(Server.BACKUP), bed.rsaHostKey()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"+ssh-rsa", "^ssh-rsa", "ssh-ed25519,ssh-rsa"})
  void aHostKeyWithSha1IsRefusedUnlessTheConfigurationNamesIt(String line) throws Exception {
    try (OpenSshBed bed = bed().backupOptions(SHA1_HOST_KEY).start()) {
      trustRsaKey(bed);

      assertThat(refusal(bed))
          .isEqualTo(
              "backup (127.0.0.1:%d) offers only ssh-rsa for its host key, which is used only where"
                      .formatted(bed.portOf(Server.BACKUP))
                  + " ssh_config says so; update its SSH server, or add to the block 'Host backup':"
                  + " HostKeyAlgorithms +ssh-rsa");

      configure(bed, "HostKeyAlgorithms " + line);
      assertConnects(bed);
    }
  }

  @Test
  void anRsaHostKeyWithSha2IsUsedAsItIs() throws Exception {
    try (OpenSshBed bed =
        bed()
            .backupOptions(
                "HostKey %dir/backup_rsa_key\nHostKeyAlgorithms rsa-sha2-256,rsa-sha2-512\n")
            .start()) {
      trustRsaKey(bed);

      assertConnects(bed);
    }
  }

  @Test
  void onlyTheListedKindsOfHostKeysAreAskedFor() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      configure(bed, "HostKeyAlgorithms rsa-sha2-512");

      assertThat(refusal(bed)).contains("offers only", "ssh-ed25519", "for its host key");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes"})
  void ourOwnKeySignsWithSha1OnlyWhereTheConfigurationNamesIt(String keyword) throws Exception {
    try (OpenSshBed bed =
        bed().userKeys("rsa", "").backupOptions("PubkeyAcceptedAlgorithms ssh-rsa\n").start()) {
      assertThat(refusal(bed)).contains("refuses the login of relaisftp");

      configure(bed, keyword + " ssh-rsa");
      assertConnects(bed);
    }
  }

  /** As ssh does; names that it knows can be asked for. */
  @ParameterizedTest
  @CsvSource({
    "KexAlgorithms, diffie-hellman-group14-sha1, for the key exchange",
    "Ciphers, aes128-cbc, as ciphers"
  })
  void soItIsWithOtherOldAlgorithms(String keyword, String algorithm, String phrase)
      throws Exception {
    try (OpenSshBed bed = bed().backupOptions(keyword + " " + algorithm + "\n").start()) {
      assertThat(refusal(bed))
          .contains("offers only " + algorithm + " " + phrase)
          .endsWith(keyword + " +" + algorithm);

      configure(bed, keyword + " +" + algorithm);
      assertConnects(bed);
    }
  }
}
