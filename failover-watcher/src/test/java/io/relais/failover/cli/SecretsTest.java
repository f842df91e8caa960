package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No secret comes out, however much is logged. */
final class SecretsTest {
  private static final String PASSWORD = "smtp-pass-0815";
  private static final String PING_KEY = "ping-key-1234";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"debug", "trace"})
  void noneIsLoggedOrPrinted(String level) throws IOException {
    GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mail.start();
    mail.setUser("watcher@example.org", "watcher@example.org", PASSWORD);
    try (Scene scene = Scene.open(folder)) {
      scene.environment("RELAIS_LOG", level);
      scene.more(channels(scene, mail.getSmtp().getPort()));
      StringBuilder all = new StringBuilder();
      for (String command :
          List.of(
              "check",
              "doctor --notify",
              "notify-test",
              "drill --name drill.example.org",
              "switch --yes",
              "status",
              "failback --yes",
              "ovh-login --wait 0",
              "history")) {
        all.append(scene.run(command.split(" ")).all());
      }
      scene.webhook.close();
      all.append(scene.run("notify-test").all());
      scene.ovh.close();
      all.append(scene.run("doctor").all()).append(scene.run("switch", "--yes").all());

      assertThat(mail.getReceivedMessages()).isNotEmpty();
      assertThat(all.toString())
          .contains("ok       mail", "DEBUG")
          .doesNotContain(scene.consumerKey)
          .doesNotContain(scene.ovh.applicationSecret().value())
          .doesNotContain(Scene.HOOK_KEY)
          .doesNotContain(PASSWORD)
          .doesNotContain(PING_KEY);
    } finally {
      mail.stop();
    }
  }

  private String channels(Scene scene, int port) throws IOException {
    scene.secret("smtp.password", PASSWORD);
    scene.secret("ping.url", "http://127.0.0.1:" + scene.webhook.port() + "/" + PING_KEY);
    return """
        [[notify.mail]]
        server = "127.0.0.1:%d"
        security = "none"
        user = "watcher@example.org"
        password_file = "%s"
        from = "watcher@example.org"
        to = ["me@example.org"]
        [deadman]
        url_file = "%s"
        """
        .formatted(port, folder.resolve("smtp.password"), folder.resolve("ping.url"));
  }

  @Test
  void aTsigKeyIsNotLoggedEither() throws IOException {
    String key = "c2VjcmV0LWtleS1mb3ItdHNpZy10ZXN0cy0wMDE=";
    try (Scene scene = Scene.open(folder);
        FakeNameServer primary = FakeNameServer.start(FakeNameServer.code(5))) {
      scene.secret("tsig.key", key);
      String text = Files.readString(scene.config());
      Files.writeString(
          scene.config(),
          text.replace("provider = \"ovh\"", "provider = \"rfc2136\"")
              .replaceAll(
                  "\\[dns.ovh]\ncredentials = .*",
                  """
                  [dns.rfc2136]
                  server = "%s"
                  key_name = "failover"
                  key_file = "%s"\
                  """
                      .formatted(primary.address(), folder.resolve("tsig.key"))));
      scene.environment("RELAIS_LOG", "trace");

      Scene.Said said = scene.run("doctor");

      assertThat(primary.asked()).as(said.all()).isNotEmpty();
      assertThat(said.all()).doesNotContain(key, key.substring(0, 20));
    }
  }

  @Test
  void aSecretThatOthersMayReadIsRefused() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      Files.setPosixFilePermissions(
          folder.resolve("hook.url"), PosixFilePermissions.fromString("rw-r--r--"));

      Scene.Said said = scene.run("check");

      assertThat(said.code()).isEqualTo(Exit.USAGE.code());
      assertThat(said.err()).contains("hook.url", "chmod 600").doesNotContain(Scene.HOOK_KEY);
    }
  }
}
