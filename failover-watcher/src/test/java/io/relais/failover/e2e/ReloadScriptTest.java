package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code relais-reload@NAME.service} runs, with servers that only say what they were asked.
 */
final class ReloadScriptTest {
  @TempDir private Path directory;
  private ReloadScript script;
  private CertificateDirectory copy;
  private String live;

  @BeforeEach
  void makeCopy() throws Exception {
    script = new ReloadScript(directory);
    for (String name : new String[] {"nginx", "apachectl", "caddy", "postfix", "systemctl"}) {
      script.command(name, "exit 0");
    }
    copy = new CertificateDirectory(directory.resolve("letsencrypt"), "example.org");
    copy.renew("one", "its key");
    live = copy.live().toString();
  }

  @ParameterizedTest
  @CsvSource({
    "nginx, nginx -t",
    "apache2, apachectl configtest",
    "httpd, apachectl configtest",
    "caddy, caddy validate --config /etc/caddy/Caddyfile",
    "postfix, postfix check"
  })
  void testsTheConfigurationAndReloads(String server, String test) throws Exception {
    ReloadScript.Ended ended = script.run(server, live);
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(script.ran()).containsExactly(test, "systemctl reload " + server + ".service");
    assertThat(ended.output()).contains(server + " has loaded the certificates of " + live);
  }

  @Test
  void reloadsNothingThatFailsItsTest() throws Exception {
    script.command("nginx", "echo 'key values mismatch' >&2; exit 1");
    ReloadScript.Ended ended = script.run("nginx", live);
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(script.ran()).containsExactly("nginx -t");
    assertThat(ended.output())
        .contains(
            "key values mismatch", "nginx's configuration fails its test", "it goes on as it was");
  }

  @Test
  void failsWhereTheReloadFails() throws Exception {
    script.command("systemctl", "exit 3");
    ReloadScript.Ended ended = script.run("nginx", live);
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.output()).contains("nginx could not be reloaded; see: systemctl status nginx");
  }

  /** systemd does not look while the service runs. */
  @Test
  void loadsWhatChangesMeanwhile() throws Exception {
    String renewal =
        "[ -e '%1$s/second' ] || { touch '%1$s/second'; ln -sfn ../other '%2$s/fullchain.pem'; }"
            .formatted(directory, live);
    script.command("systemctl", renewal);
    ReloadScript.Ended ended = script.run("nginx", live);
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(script.ran())
        .containsExactly(
            "nginx -t",
            "systemctl reload nginx.service",
            "nginx -t",
            "systemctl reload nginx.service");
  }

  /** A key that comes after its certificate. */
  @Test
  void testsAgainWhatChangedDuringATestThatFailed() throws Exception {
    script.command(
        "nginx",
        "[ -e '%1$s/second' ] && exit 0; touch '%1$s/second'; ln -sfn ../other '%2$s/privkey.pem'; exit 1"
            .formatted(directory, live));
    ReloadScript.Ended ended = script.run("nginx", live);
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(script.ran())
        .containsExactly("nginx -t", "nginx -t", "systemctl reload nginx.service");
  }

  @Test
  void saysWhatIsWrongWithItsOwnSettings() throws Exception {
    Path nowhere = directory.resolve("nowhere");
    assertThat(script.run("nginx", nowhere.toString()).output())
        .contains(nowhere + " leads to no directory; run: ln -sfn");
    assertThat(script.run("lighttpd", live).output())
        .contains("nothing is known of a server 'lighttpd'; known are nginx, apache2");
    assertThat(script.run().exitCode()).isEqualTo(1);
    assertThat(script.ran()).isEmpty();
  }

  @Test
  void takesWhatASymlinkLeadsTo() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("nginx"), copy.live());
    assertThat(script.run("nginx", link.toString()).exitCode()).isZero();
    assertThat(script.ran()).hasSize(2);
  }
}
