package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.Received;
import io.relais.testbed.web.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Run on production, to watch the backup: by its site, its certificate and its bastion's port. */
final class ReverseWatchTest {
  private static final String PING = "/ping-key";

  private final TestCertificates certificates = new TestCertificates();
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Scene scene;

  @SuppressWarnings("NullAway.Init")
  private FakeServer site;

  @SuppressWarnings("NullAway.Init")
  private FakeServer bastion;

  @BeforeEach
  void open() throws IOException {
    scene = Scene.open(folder);
    bastion = FakeServer.start(FakeServer.saying("SSH-2.0-test\r\n"));
    site =
        FakeServer.start(
            InetAddress.ofLiteral("127.0.0.3"),
            0,
            FakeServer.tls(
                certificates.valid(Duration.ofDays(9), Scene.NAME),
                FakeServer.answering(_ -> FakeServer.reply(200, "Welcome"))));
    scene.secret("ping.url", "http://127.0.0.1:" + scene.webhook.port() + PING);
    Files.writeString(scene.config(), config(), UTF_8);
  }

  private String config() throws IOException {
    return """
        [watcher]
        state_dir = "%s"
        interval = "1s"
        [[watch]]
        name = "backup"
        failures = 2
        successes = 1
        [[watch.probe]]
        url = "https://%s:%d/"
        address = "127.0.0.3"
        ca_file = "%s"
        [[watch.probe]]
        name = "bastion"
        tcp = "localhost:%d"
        [[notify.webhook]]
        url_file = "%s"
        format = "template"
        template = '{"kind": ${kind}, "text": ${text}}'
        [deadman]
        url_file = "%s"
        """
        .formatted(
            scene.state(),
            Scene.NAME,
            site.port(),
            certificates.writeAuthority(folder.resolve("ca.pem")),
            bastion.port(),
            folder.resolve("hook.url"),
            folder.resolve("ping.url"));
  }

  @AfterEach
  void close() throws IOException {
    site.close();
    bastion.close();
    scene.close();
  }

  private List<String> told() {
    return scene.webhook.received().stream()
        .filter(request -> !request.target().equals(PING))
        .map(Received::body)
        .toList();
  }

  @Test
  void tellsOfACertificateThatRunsOutAndThenOfAPortThatRefuses() throws IOException {
    Scene.Said up = scene.run("check");
    assertThat(up.all()).isEmpty();
    assertThat(up.code()).isZero();
    assertThat(told()).singleElement().asString().contains("\"certificate\"", "127.0.0.3");

    bastion.close();
    Scene.Said down = scene.run("check");
    assertThat(down.out()).as(down.all()).isEqualTo("backup: down\n");
    assertThat(down.code()).isEqualTo(Exit.DOWN.code());
    assertThat(told()).hasSize(2).last().asString().contains("\"watch-down\"", "bastion: ");
    assertThat(scene.run("status").out()).contains("backup: down for ", "FAILED bastion at ");

    bastion =
        FakeServer.start(bastion.address(), bastion.port(), FakeServer.saying("SSH-2.0-test\r\n"));
    assertThat(scene.run("check").out()).isEqualTo("backup: up\n");
    assertThat(told()).hasSize(3).last().asString().contains("\"watch-up\"");
  }

  @Test
  void pingsTheDeadMansSwitchInEachRunWhateverIsDown() throws IOException {
    scene.run("check");
    site.close();
    scene.run("check");
    scene.run("check", "--dry-run");

    assertThat(scene.webhook.received())
        .filteredOn(request -> request.target().equals(PING))
        .hasSize(2);
  }
}
