package io.relais.openssh;

import static io.relais.openssh.SshFiles.resolve;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostResolverTest {
  @Test
  void theUsualExampleJustWorks() throws SshConfigException {
    ResolvedHost backup =
        resolve(
            "backup",
            "Host bastion",
            "  HostName gate.example",
            "  User jump",
            "  IdentityFile ~/.ssh/bastion",
            "Host backup",
            "  HostName 10.0.0.7",
            "  Port 2222",
            "  User mirror",
            "  IdentityFile ~/.ssh/backup",
            "  IdentitiesOnly yes",
            "  ProxyJump bastion");

    assertThat(backup.hostName()).isEqualTo("10.0.0.7");
    assertThat(backup.port()).isEqualTo(2222);
    assertThat(backup.user()).isEqualTo("mirror");
    assertThat(texts(backup.identityFiles())).containsExactly("/home/mirror/.ssh/backup");
    assertThat(backup.usualIdentities()).isFalse();
    assertThat(backup.identitiesOnly()).isTrue();
    assertThat(backup.jumps()).hasToString("[bastion]");
    assertThat(backup.warnings()).isEmpty();
  }

  @Test
  void anEmptyFileLeavesEverythingAtItsDefault() throws SshConfigException {
    ResolvedHost host = resolve("Backup.Example", "");

    assertThat(host.alias()).isEqualTo("Backup.Example");
    assertThat(host.hostName()).isEqualTo("backup.example");
    assertThat(host.port()).isEqualTo(22);
    assertThat(host.user()).isEqualTo("mirror");
    assertThat(texts(host.identityFiles()))
        .containsExactly(
            "/home/mirror/.ssh/id_ed25519",
            "/home/mirror/.ssh/id_ecdsa",
            "/home/mirror/.ssh/id_rsa");
    assertThat(host.usualIdentities()).isTrue();
    assertThat(host.identitiesOnly()).isFalse();
    assertThat(texts(host.userKnownHostsFiles()))
        .containsExactly("/home/mirror/.ssh/known_hosts", "/home/mirror/.ssh/known_hosts2");
    assertThat(texts(host.globalKnownHostsFiles()))
        .containsExactly("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2");
    assertThat(host.jumps()).isEmpty();
    assertThat(host.hostKeyAlias()).isEmpty();
    assertThat(host.hostKeyAlgorithms()).isEmpty();
    assertThat(host.connectTimeout()).isEmpty();
    assertThat(host.serverAliveInterval()).isEmpty();
    assertThat(host.serverAliveCountMax()).isEmpty();
  }

  @Test
  void everyHonouredOptionIsRead() throws SshConfigException {
    ResolvedHost host =
        resolve(
            "b",
            "HostKeyAlias Vault",
            "HostKeyAlgorithms +ssh-rsa",
            "PubkeyAcceptedKeyTypes ^rsa-sha2-256",
            "Ciphers aes128-gcm@openssh.com",
            "KexAlgorithms ^curve25519-sha256",
            "MACs -hmac-sha1",
            "ConnectTimeout 1m30s",
            "ServerAliveInterval 15",
            "ServerAliveCountMax 4",
            "StrictHostKeyChecking accept-new",
            "CertificateFile /k/cert",
            "UserKnownHostsFile ~/a /b",
            "GlobalKnownHostsFile none");

    assertThat(host.hostKeyAlias()).contains("vault");
    assertThat(host.knownHostsName()).isEqualTo("vault");
    assertThat(host.knownHostsPort()).isEqualTo(22);
    assertThat(host.hostKeyAlgorithms()).contains("+ssh-rsa");
    assertThat(host.pubkeyAcceptedAlgorithms()).contains("^rsa-sha2-256");
    assertThat(host.ciphers()).contains("aes128-gcm@openssh.com");
    assertThat(host.kexAlgorithms()).contains("^curve25519-sha256");
    assertThat(host.macs()).contains("-hmac-sha1");
    assertThat(host.connectTimeout()).contains(Duration.ofSeconds(90));
    assertThat(host.serverAliveInterval()).contains(Duration.ofSeconds(15));
    assertThat(host.serverAliveCountMax()).isEqualTo(OptionalInt.of(4));
    assertThat(texts(host.certificateFiles())).containsExactly("/k/cert");
    assertThat(texts(host.userKnownHostsFiles())).containsExactly("/home/mirror/a", "/b");
    assertThat(host.globalKnownHostsFiles()).isEmpty();
  }

  @Test
  void theFirstValueWinsAndKeysAddUp() throws SshConfigException {
    ResolvedHost host =
        resolve(
            "b",
            "Host b",
            "  port 1",
            "  IdentityFile /k/1",
            "Host *",
            "  PORT=2",
            "  IdentityFile /k/2",
            "  IdentityFile /k/1",
            "  User \"a b\"");

    assertThat(host.port()).isEqualTo(1);
    assertThat(texts(host.identityFiles())).containsExactly("/k/1", "/k/2");
    assertThat(host.user()).isEqualTo("a b");
  }

  @Test
  void identityFileNoneLeavesNoKeyAtAll() throws SshConfigException {
    ResolvedHost host = resolve("b", "IdentityFile none");

    assertThat(host.identityFiles()).isEmpty();
    assertThat(host.usualIdentities()).isFalse();
  }

  @Test
  void aTimeOfNoneIsAsIfNotSet() throws SshConfigException {
    assertThat(resolve("b", "ConnectTimeout none", "ConnectTimeout 7").connectTimeout())
        .contains(Duration.ofSeconds(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Host a b c        | b | 1
          Host "b"          | b | 1
          Host ?            | b | 1
          Host * !b         | b | 22
          Host !b *         | b | 22
          Host !a *         | b | 1
          Host !a           | b | 22
          Host B            | b | 22
          Host x.*.example  | x.y.example | 1
          Host=b            | b | 1
          host b # and c    | b | 1
          host b # and c    | c | 22
          """)
  void aHostBlockAppliesToItsPatterns(String header, String alias, int port)
      throws SshConfigException {
    assertThat(resolve(alias, header, "  Port 1").port()).isEqualTo(port);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          %h      | /k/b.example
          %n      | /k/b
          %p      | /k/2022
          %r      | /k/deploy
          %d      | /k//home/mirror
          %u      | /k/mirror
          %i      | /k/1
          %l      | /k/web1.example
          %L      | /k/web1
          %k      | /k/b
          %j      | /k/
          %%      | /k/%
          ${KEYS} | /k//etc/keys
          ${KEYS}/%h | /k//etc/keys/b.example
          """)
  void tokensAreExpandedInPaths(String token, String expected) throws SshConfigException {
    ResolvedHost host =
        resolve(
            "b",
            "HostName %h.example",
            "Port 2022",
            "User deploy",
            "IdentityFile /k/" + token,
            "UserKnownHostsFile /k/" + token);

    String normalized = expected.replace("//", "/").replaceFirst("(.)/$", "$1");
    assertThat(texts(host.identityFiles())).containsExactly(normalized);
    assertThat(texts(host.userKnownHostsFiles())).containsExactly(normalized);
  }

  @Test
  @SuppressWarnings("deprecation") // SHA-1 is what OpenSSH prescribes.
  void theHashOfTheConnectionIsThatOfHostNamePortAndUser() throws SshConfigException {
    assertThat(resolve("b", "User deploy", "Port 2022", "IdentityFile /k/%C").identityFiles())
        .hasToString("[/k/" + Hashing.sha1().hashString("web1.exampleb2022deploy", UTF_8) + "]");
  }

  @ParameterizedTest
  @CsvSource({
    "2001:DB8::1, 2001:DB8::1",
    "2001:DB8:0::1, 2001:db8::1",
    "192.0.2.1, 192.0.2.1",
    "::ffff:192.0.2.1, ::ffff:192.0.2.1",
    "Gate.EXAMPLE, gate.example"
  })
  void hostNamesAreNormalized(String written, String expected) throws SshConfigException {
    assertThat(resolve("b", "HostName " + written).hostName()).isEqualTo(expected);
  }

  @Test
  void carriageReturnsAndMissingLastNewlineAreFine() throws SshConfigException {
    ResolvedHost host = resolve("b", "Host b\r", "\tPort 77\r", "\r", "  User x\r");

    assertThat(host.port()).isEqualTo(77);
    assertThat(host.user()).isEqualTo("x");
  }

  @Test
  void theUsersFileIsReadBeforeTheSystems() throws SshConfigException {
    SshFiles disk = new SshFiles();
    disk.write("/home/mirror/.ssh/config", "Host b", "  Port 1");
    disk.write("/etc/ssh/ssh_config", "Port 2", "User system");

    ResolvedHost host = HostResolver.ofUsualFiles(disk.local).resolve("b");

    assertThat(host.port()).isEqualTo(1);
    assertThat(host.user()).isEqualTo("system");
  }

  @Test
  void noFileAtAllIsFine() throws SshConfigException {
    assertThat(HostResolver.ofUsualFiles(new SshFiles().local).resolve("b").port()).isEqualTo(22);
  }

  @Test
  void knowsWhatAPatternNamesButNotWhatOnlyAStarMatches() throws SshConfigException {
    HostResolver resolver =
        new SshFiles()
            .resolver(
                "Host bastion gate-?",
                "Match originalhost vault,*.vault",
                "Match host *",
                "Host * !nobody",
                "  Port 1");

    for (String known : List.of("bastion", "gate-1", "vault", "x.vault")) {
      assertThat(resolver.knows(known)).as(known).isTrue();
    }
    assertThat(resolver.knows("bastoin")).isFalse();
    assertThat(resolver.knows("nobody")).isFalse();
    assertThat(resolver.aliases()).containsExactly("bastion", "vault");
  }

  private static List<String> texts(List<Path> paths) {
    return paths.stream().map(Path::toString).toList();
  }
}
