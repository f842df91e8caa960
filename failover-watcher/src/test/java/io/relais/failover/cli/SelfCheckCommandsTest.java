package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableList;
import io.relais.common.Secret;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhSimulatorZone;
import io.relais.testbed.web.Received;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What would make a switch fail: found by {@code doctor}, {@code check} and the daemon. */
final class SelfCheckCommandsTest extends SceneTestCase {
  @Test
  void doctorChangesNothingAndPublishesNothingOfOthers() throws Exception {
    scene.zone.add("draft", "A", "198.51.100.99", 60L);
    ImmutableList<OvhSimulatorZone.Entry> served = scene.zone.published();

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(said.out()).endsWith("\nready to switch, with 2 warnings\n");
    assertThat(scene.ovh.changes()).isEmpty();
    assertThat(scene.zone.published()).isEqualTo(served);
  }

  @Test
  void doctorFailsWhereTheKeyMayNotPublish() throws Exception {
    key("GET /*", "PUT /*");

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out())
        .contains(
            "FAILED   OVH right to publish: the key lacks POST /domain/zone/example.org/refresh")
        .endsWith("\nNOT ready to switch: 1 check failed\n");
  }

  @Test
  void doctorSaysThatAKeyMayNotSeeItsRights() throws Exception {
    key("GET /domain/*", "PUT /domain/*", "POST /domain/*");

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isZero();
    assertThat(said.out())
        .contains("unknown  OVH credential: it is accepted, but lacks the right to see its own")
        .contains("unknown  OVH right to publish: ", "drill --name")
        .containsPattern("\nready to switch, with 2 warnings, but for what can't be seen \\(3 of ");
  }

  @Test
  void doctorWithoutCredentialsSaysWhatToRun() throws Exception {
    scene.secret("ovh.conf", "");

    Scene.Said said = scene.run("doctor");

    assertThat(said.out())
        .contains("FAILED   credentials: ", "a switch needs, run: failover-watcher ")
        .contains(" ovh-login\n")
        .containsPattern("\nNOT ready to switch: 1 check failed\n$");
  }

  @Test
  void doctorFindsAnEditThatIsStoredAndNotPublished() throws Exception {
    OvhSimulatorZone.Entry www = scene.zone.published().getFirst();
    scene.zone.remove(www.id());
    scene.zone.add("www", "A", "192.0.2.77", 60L);

    assertThat(scene.run("doctor").out())
        .contains("FAILED   stored records of example.org: www.example.org A is 192.0.2.77, which");
    assertThat(scene.ovh.changes()).isEmpty();
  }

  /** As a timer runs it: nothing is asked again before it is time, and nothing is forgotten. */
  @Test
  void aHealthyRunTellsThatTheKeyWasRevoked() throws Exception {
    scene.edit("interval = \"1s\"\n[dns.ovh]", "interval = \"1s\"\nself_check = \"1s\"\n[dns.ovh]");
    Secret key = Secret.of(scene.consumerKey);
    assertThat(scene.run("check").code()).isZero();
    Scene.Said well = scene.run("status");
    assertThat(well.code()).as(well.all()).isZero();
    assertThat(well.out()).contains("  self-check a switch would work, as of ");

    scene.ovh.setState(key, "expired");
    runUntil("FAILED, OVH credential");
    Scene.Said bad = scene.run("status");
    assertThat(bad.code()).isEqualTo(Exit.FAILED.code());
    assertThat(bad.out()).contains("www.example.org: up for ", "revoked", "ovh-login");
    JsonNode finding =
        new JsonMapper()
            .readTree(scene.run("status", "--json").out())
            .path("selfCheck")
            .path("findings")
            .path("OVH credential");
    assertThat(finding.path("result").asText()).isEqualTo("FAILED");
    assertThat(Instant.parse(finding.path("told").asText())).isBefore(Instant.now());
    assertThat(titles()).containsExactly("www.example.org: a switch would fail");

    scene.ovh.setState(key, "validated");
    assertThat(runUntil("a switch would work").out())
        .as("cron mails what changed")
        .startsWith("a switch would work again: OVH credential: ");
    assertThat(scene.run("status").code()).isZero();
    assertThat(titles())
        .containsExactly(
            "www.example.org: a switch would fail", "www.example.org: a switch would work again");
    assertThat(scene.ovh.changes()).isEmpty();
    assertThat(scene.run("history").out())
        .contains("  good -> bad  a switch would fail: OVH credential: ");
  }

  @Test
  void theDefaultAsksOnceInSixHours() throws Exception {
    scene.run("check");
    int asked = scene.ovh.requests().size();
    assertThat(asked).isPositive();

    scene.run("check");

    assertThat(scene.ovh.requests()).hasSize(asked);
  }

  @Test
  void anApiThatHangsHoldsUpNoRunForLong() throws Exception {
    scene.ovh.injectAlways(_ -> true, new OvhFault.Hang());
    scene.edit("[dns.ovh]\n", "[dns.ovh]\ntimeout = \"1s\"\n");

    assertThat(scene.run("check").code()).isZero();

    Scene.Said status = scene.run("status");
    assertThat(status.code()).isZero();
    assertThat(status.out()).contains("self-check no answer, OVH API");
    assertThat(titles()).isEmpty();
  }

  private void key(String... rules) throws IOException {
    scene.secret(
        "ovh.conf", scene.application() + "consumer_key=" + scene.ovh.grant(rules).value() + "\n");
  }

  /** What the run said after which the status has that line. */
  private Scene.Said runUntil(String line) {
    AtomicReference<Scene.Said> last = new AtomicReference<>();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              last.set(scene.run("check"));
              return scene.run("status").out().contains(line);
            });
    return last.get();
  }

  private ImmutableList<String> titles() throws IOException {
    ImmutableList.Builder<String> titles = ImmutableList.builder();
    for (Received received : scene.webhook.received()) {
      titles.add(new JsonMapper().readTree(received.body()).path("title").asText());
    }
    return titles.build();
  }
}
