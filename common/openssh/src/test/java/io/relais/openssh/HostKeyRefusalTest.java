package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.io.BaseEncoding;
import io.relais.openssh.ConfigLine.ConfigLocation;
import io.relais.openssh.KnownHosts.KnownKey;
import io.relais.openssh.KnownHosts.Verdict;
import org.junit.jupiter.api.Test;

final class HostKeyRefusalTest {
  private static final String ED = "ssh-ed25519";
  private static final byte[] SHOWN = KnownHostsTest.key(ED, 1);
  private static final byte[] EXPECTED = KnownHostsTest.key(ED, 2);

  private final SshFiles disk = new SshFiles();

  @Test
  void anUnknownKeyOfTheFirstHopIsFetchedWithKeyscan() throws SshConfigException {
    assertThat(message(true, new Verdict.Unknown(), "HostName gate.example"))
        .isEqualTo(
            "host key of bastion (gate.example:22) is not known: ssh-ed25519 "
                + KnownHosts.fingerprint(SHOWN)
                + " ; compare it, then add it with: ssh-keyscan -p 22 gate.example >>"
                + " /home/mirror/.ssh/known_hosts");
  }

  @Test
  void anUnknownKeyBehindABastionIsGivenAsTheLineToAdd() throws SshConfigException {
    assertThat(
            message(
                false,
                new Verdict.Unknown(),
                "HostName 2001:db8::7",
                "Port 2222",
                "UserKnownHostsFile \"/k/known hosts\""))
        .startsWith("host key of bastion ([2001:db8::7]:2222) is not known: ssh-ed25519 SHA256:")
        .endsWith(
            "; compare it, then add it with: echo '[2001:db8::7]:2222 ssh-ed25519 "
                + BaseEncoding.base64().encode(SHOWN)
                + "' >> '/k/known hosts'");
  }

  @Test
  void anAliasForTheHostKeyIsWhatTheLineSays() throws SshConfigException {
    assertThat(message(true, new Verdict.Unknown(), "HostKeyAlias vault", "Port 2222"))
        .contains("add it with: echo 'vault ssh-ed25519 ");
  }

  @Test
  void aChangedKeyNamesTheLineAndBothFingerprints() throws SshConfigException {
    assertThat(message(true, new Verdict.Changed(ImmutableList.of(key(7))), "Port 2222"))
        .startsWith(
            "host key of bastion (bastion:2222) has changed: it shows ssh-ed25519 "
                + KnownHosts.fingerprint(SHOWN)
                + " , and expected is ssh-ed25519 "
                + KnownHosts.fingerprint(EXPECTED)
                + " (/kh:7) ; ");
  }

  @Test
  void aRevokedKeyNamesTheLine() throws SshConfigException {
    assertThat(message(true, new Verdict.Revoked(key(3))))
        .contains("is revoked: ssh-ed25519 SHA256:")
        .contains("is listed as @revoked in /kh:3");
  }

  @Test
  void aTrustedKeyIsNoRefusal() throws SshConfigException {
    HostKeyRefusal refusal =
        new HostKeyRefusal(disk.resolver("").resolve("bastion"), true, ED, SHOWN);

    assertThat(refusal.message(new Verdict.Trusted(key(1)))).isEmpty();
  }

  private String message(boolean direct, Verdict verdict, String... lines)
      throws SshConfigException {
    ResolvedHost host =
        disk.resolver(lines.length == 0 ? new String[] {""} : lines).resolve("bastion");
    return new HostKeyRefusal(host, direct, ED, SHOWN).message(verdict).orElseThrow();
  }

  private KnownKey key(int line) {
    return new KnownKey(
        new ConfigLocation(disk.path("/kh"), line), ED, BaseEncoding.base64().encode(EXPECTED));
  }
}
