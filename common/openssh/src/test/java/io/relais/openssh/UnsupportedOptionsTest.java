package io.relais.openssh;

import static io.relais.openssh.SshFiles.resolve;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UnsupportedOptionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "AddressFamily inet6",
        "BindAddress 10.0.0.1",
        "BindInterface eth0",
        "CanonicalizeHostname yes",
        "CanonicalizePermittedCNAMEs *:*",
        "CheckHostIP yes",
        "GSSAPIAuthentication yes",
        "GSSAPIKeyExchange yes",
        "HostbasedAuthentication yes",
        "IdentityAgent /run/agent",
        "IPQoS lowdelay",
        "KnownHostsCommand /bin/keys %H",
        "NoHostAuthenticationForLocalhost yes",
        "PKCS11Provider /lib/p11.so",
        "SmartcardDevice 0",
        "PreferredAuthentications password",
        "ProxyUseFdpass yes",
        "PubkeyAuthentication no",
        "RekeyLimit 1G 1h",
        "RequiredRSASize 3072",
        "TCPKeepAlive no",
        "VerifyHostKeyDNS ask",
        "KerberosAuthentication yes"
      })
  void anOptionThatIsNotHonouredIsNamedWithItsPlace(String line) throws SshConfigException {
    ResolvedHost host = resolve("b", "Host b", "  " + line, "Host other", "  IPQoS none");

    String option = line.substring(0, line.indexOf(' '));
    assertThat(host.warnings()).hasSize(1);
    assertThat(host.warnings().getFirst().toString())
        .startsWith("/c/config:2: " + option + " is not honoured: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AddressFamily any",
        "CanonicalizeHostname no",
        "Compression no",
        "GSSAPIAuthentication no",
        "PubkeyAuthentication yes",
        "RekeyLimit default none",
        "PKCS11Provider none",
        "RevokedHostKeys none",
        "TCPKeepAlive yes",
        "PreferredAuthentications publickey"
      })
  void aValueThatAsksForWhatIsDoneAnywayIsNotNamed(String line) throws SshConfigException {
    assertThat(resolve("b", line).warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ForwardAgent yes",
        "ForwardX11 yes",
        "LocalForward 8080 localhost:80",
        "ControlMaster auto",
        "ControlPath ~/.ssh/%C",
        "LogLevel DEBUG",
        "SendEnv LANG LC_*",
        "RequestTTY no",
        "VisualHostKey yes",
        "HashKnownHosts yes",
        "BatchMode yes",
        "AddKeysToAgent confirm 5m",
        "RemoteCommand tmux attach",
        "Protocol 2"
      })
  void whatHasNothingToDoWithCarryingFilesIsSilent(String line) throws SshConfigException {
    assertThat(resolve("b", line).warnings()).isEmpty();
  }

  @Test
  void onlyTheValueThatWinsCounts() throws SshConfigException {
    assertThat(resolve("b", "CheckHostIP no", "CheckHostIP yes").warnings()).isEmpty();
    assertThat(resolve("b", "PKCS11Provider none", "SmartcardDevice 0").warnings()).isEmpty();
  }

  @Test
  void whatDistributionsSwitchOnForEverybodyIsSilentInTheSystemsFile() throws SshConfigException {
    SshFiles disk = new SshFiles();
    disk.write(
        "/etc/ssh/ssh_config", "Host *", "  GSSAPIAuthentication yes", "  AddressFamily inet");

    assertThat(HostResolver.ofUsualFiles(disk.local).resolve("b").warnings())
        .extracting(ResolvedHost.Warning::option)
        .containsExactly("AddressFamily");
  }

  @Test
  void aRelativeKeyFileIsNamed() throws SshConfigException {
    assertThat(resolve("b", "IdentityFile key").warnings())
        .extracting(ResolvedHost.Warning::toString)
        .containsExactly(
            "/c/config:1: IdentityFile names 'key', which is looked for in the working directory");
  }
}
