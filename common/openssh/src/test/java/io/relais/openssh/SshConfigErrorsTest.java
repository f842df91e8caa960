package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.relais.openssh.HostResolver.LocalUser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SshConfigErrorsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          Hostnam x                | 'Hostnam' is not an OpenSSH option
          Port                     | 'Port' has no value
          Port # 22                | Port has no value
          Port 0                   | '0' is not a valid port
          Port 65536               | '65536' is not a valid port
          Port ftp                 | 'ftp' is not a valid port
          Port 22 23               | '23' follows it
          User "a                  | a quote is not closed
          Host ""                  | Host has an empty pattern
          IdentitiesOnly maybe     | IdentitiesOnly must be yes or no, not 'maybe'
          ConnectTimeout soon      | 'soon' is not a valid time
          ServerAliveCountMax x    | 'x' is not a number
          StrictHostKeyChecking x  | StrictHostKeyChecking must be yes, ask, accept-new or no
          UserKnownHostsFile a none | 'none' must stand alone
          IdentityFile ~other/key  | another user's home can't be looked up here
          IdentityFile %x          | IdentityFile does not support the token '%x'
          IdentityFile a%          | a lone '%' ends the value
          IdentityFile ${NONE}/a   | the environment variable NONE is not set
          IdentityFile ${KEYS      | '${' is not closed
          HostName %p.example      | HostName does not support the token '%p'
          HostName 127.1           | '127.1' is not a complete address
          User %u-x                | releases of OpenSSH read tokens in User differently
          ProxyCommand nc %h %p    | ProxyCommand can't be run here
          ProxyCommand none # x    | ProxyCommand can't be run here
          ProxyJump a,,b           | '' is not a valid jump host
          ProxyJump a:b            | 'b' is not a valid port
          ProxyJump "a"            | '"a"' is not a valid jump host
          ProxyJump -oProxy=x      | '-oProxy=x' is not a valid jump host
          ProxyJump a;b            | 'a;b' is not a valid jump host
          ProxyJump @a             | '@a' is not a valid jump host
          ProxyJump ::1            | '::1' is not a valid jump host
          ProxyJump a b            | 'a b' is not a valid jump host
          ProxyJump ssh://a/path   | 'ssh://a/path' is not a valid jump host
          ProxyJump none # not     | OpenSSH takes 'none' for a host
          RevokedHostKeys /k/krl   | RevokedHostKeys can't be honoured and is not safe to ignore
          RefuseConnection no      | RefuseConnection can't be honoured
          Match                    | 'Match' has no value
          Match frobnicate x       | 'frobnicate' is not a Match criterion
          Match host               | the criterion 'host' has no pattern
          Match host b user x all  | 'all' can't stand with other criteria
          Match all host b         | 'all' can't stand with other criteria
          Match !final host b      | releases of OpenSSH read '!final' differently
          Match host 'b'           | releases of OpenSSH read quotes and backslashes in Match
          Match exec "true"        | depends on 'exec'
          Match host b exec "true" | depends on 'exec'
          Match tagged x           | depends on 'tagged'
          Match localnetwork 10.0.0.0/8 | depends on 'localnetwork'
          Include "a               | a quote is not closed
          Include ~other/x         | another user's home
          Include /etc/%h          | releases of OpenSSH read tokens in an Include differently
          """)
  void aMistakeIsOneLineWithItsPlace(String line, String expected) {
    assertThatThrownBy(() -> SshFiles.resolve("b", "# first", line))
        .isInstanceOf(SshConfigException.class)
        .hasMessageStartingWith("/c/config:2: ")
        .hasMessageContaining(expected)
        .hasMessageContaining("; ")
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          Bogus x
          Port x
          ConnectTimeout x
          ProxyJump a,,b
          """)
  void aMistakeInABlockThatDoesNotApplyIsStillOne(String line) {
    assertThatThrownBy(() -> SshFiles.resolve("b", "Host other", line))
        .isInstanceOf(SshConfigException.class)
        .hasMessageStartingWith("/c/config:2: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ProxyCommand nc %h %p
          IdentityFile %x
          RevokedHostKeys /k
          """)
  void whatCanNotBeDoneHereDoesNotMatterWhereItDoesNotApply(String line) throws SshConfigException {
    assertThat(SshFiles.resolve("b", "Host other", line).jumps()).isEmpty();
  }

  @Test
  void anUndecidableCriterionDoesNotMatterWhereAnotherOneFails() throws SshConfigException {
    assertThat(SshFiles.resolve("b", "Match host other exec true", "  Port 1").port())
        .isEqualTo(22);
    assertThat(SshFiles.resolve("b", "Match exec true host other", "  Port 1").port())
        .isEqualTo(22);
  }

  @Test
  void anUnknownOptionMayBeIgnoredOnPurpose() throws SshConfigException {
    ResolvedHost host =
        SshFiles.resolve("b", "IgnoreUnknown use*,Other", "UseKeychain yes", "OTHER x");

    assertThat(host.warnings()).isEmpty();
    assertThatThrownBy(() -> SshFiles.resolve("b", "UseKeychain yes", "IgnoreUnknown use*"))
        .hasMessageStartingWith("/c/config:1: ");
  }

  @Test
  void aMissingFileThatIsNamedOnPurposeIsAMistake() {
    SshFiles disk = new SshFiles();

    assertThatThrownBy(() -> HostResolver.ofFile(disk.path("/c/none"), disk.local))
        .isInstanceOf(SshConfigException.class)
        .hasMessage("/c/none: there is no such file; check the path");
  }

  @Test
  void aFileThatIsNotTextIsRefused() throws Exception {
    SshFiles disk = new SshFiles();
    disk.write("/c/config", "");
    Files.write(disk.path("/c/config"), new byte[] {'A', (byte) 0xFF, '\n'});
    assertThatThrownBy(() -> HostResolver.ofFile(disk.path("/c/config"), disk.local))
        .hasMessage("/c/config: it is not UTF-8 text; save it as UTF-8");

    Files.write(disk.path("/c/config"), new byte[] {'A', 0, '\n'});
    assertThatThrownBy(() -> HostResolver.ofFile(disk.path("/c/config"), disk.local))
        .hasMessage("/c/config: it contains a NUL and is not a text file; check the path");
  }

  @Test
  void theUsersOwnFileMustNotBeWritableByOthers() throws SshConfigException {
    SshFiles disk = new SshFiles();
    disk.write("/home/mirror/.ssh/config", "Port 1");
    assertThat(HostResolver.ofUsualFiles(disk.local).resolve("b").port()).isEqualTo(1);

    disk.mode("/home/mirror/.ssh/config", "rw-rw-r--");

    assertThatThrownBy(() -> HostResolver.ofUsualFiles(disk.local))
        .isInstanceOf(SshConfigException.class)
        .hasMessageContaining("/home/mirror/.ssh/config: bad owner or permissions")
        .hasMessageContaining("chmod go-w /home/mirror/.ssh/config");
  }

  /** ssh -F takes any file; but nobody looks at this one again when the service starts. */
  @Test
  void norMayAFileThatIsNamed() {
    SshFiles disk = new SshFiles();
    Path file = disk.write("/etc/sync-agent/ssh_config", "Port 1");
    disk.mode("/etc/sync-agent/ssh_config", "rw-r--rw-");

    assertThatThrownBy(() -> HostResolver.ofFile(file, disk.local))
        .hasMessage(
            file
                + ": bad owner or permissions: it can be changed by others (mode 0646); run: chmod"
                + " go-w "
                + file);
  }

  @Test
  void norMayADirectoryOnTheWay() {
    SshFiles disk = new SshFiles();
    Path file = disk.write("/etc/sync-agent/ssh_config", "Port 1");
    disk.mode("/etc/sync-agent", "rwxrwxrwx");

    assertThatThrownBy(() -> HostResolver.ofFile(file, disk.local))
        .hasMessageContaining("others, who may write to the directory /etc/sync-agent (mode 0777)")
        .hasMessageContaining("chmod go-w /etc/sync-agent");
  }

  @Test
  void norMayTheSystemsFile() {
    SshFiles disk = new SshFiles();
    disk.write("/etc/ssh/ssh_config", "Port 1");
    disk.mode("/etc/ssh/ssh_config", "rw-rw-r--");

    assertThatThrownBy(() -> HostResolver.ofUsualFiles(disk.local))
        .hasMessageContaining("/etc/ssh/ssh_config: bad owner or permissions");
  }

  @Test
  void theUsersOwnFileMustBelongToTheUser() {
    SshFiles disk = new SshFiles();
    disk.write("/home/mirror/.ssh/config", "Port 1");
    LocalUser stranger = new LocalUser("mirror", 77, disk.local.home(), "web1", ImmutableMap.of());

    assertThatThrownBy(() -> HostResolver.ofUsualFiles(stranger))
        .hasMessageContaining("bad owner or permissions");
  }
}
