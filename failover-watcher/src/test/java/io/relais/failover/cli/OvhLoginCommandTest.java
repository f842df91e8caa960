package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ObjectArrays;
import io.relais.common.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class OvhLoginCommandTest extends SceneTestCase {
  private static final Pattern KEY = Pattern.compile("consumer_key ?= ?(\\S+)");

  /** Where one address takes the place of one other. */
  private static final ImmutableList<String> LEAST =
      ImmutableList.of(
          "GET /auth/currentCredential",
          "GET /domain/zone/example.org/record",
          "GET /domain/zone/example.org/record/*",
          "PUT /domain/zone/example.org/record/*",
          "GET /domain/zone/example.org/status",
          "POST /domain/zone/example.org/refresh");

  @Test
  void getsAKeyOnceTheUserHasConfirmedItAndShowsNoSecret() throws Exception {
    Path file = scene.secret("ovh.conf", scene.application());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CompletableFuture<Integer> code =
        CompletableFuture.supplyAsync(() -> scene.run("", out, err, "ovh-login"));
    await().until(() -> out.toString(UTF_8).contains("waiting") || code.isDone());
    assertThat(out.toString(UTF_8))
        .as(err.toString(UTF_8))
        .contains("/auth/sso?credentialToken=", "Unlimited");
    String requested = requested();

    scene.ovh.setState(Secret.of(requested), "validated");

    assertThat(code.get()).as(err.toString(UTF_8)).isZero();
    Matcher written = KEY.matcher(Files.readString(file));
    assertThat(written.find()).isTrue();
    assertThat(written.group(1)).isEqualTo(requested);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(scene.ovh.rules(Secret.of(requested))).containsExactlyElementsOf(LEAST);
    assertThat(out.toString(UTF_8) + err.toString(UTF_8))
        .contains("written to " + file)
        .doesNotContain(requested, scene.ovh.applicationSecret().value());
  }

  /** What this asks for, whether or not it is confirmed. */
  private ImmutableList<String> rulesOf(String... arguments) {
    scene.run(ObjectArrays.concat("ovh-login", arguments));
    return scene.ovh.rules(Secret.of(requested()));
  }

  @Test
  void asksForTheRightToAddAndRemoveOnlyWhereRecordsComeAndGo() throws IOException {
    scene.secret("ovh.conf", scene.application());
    String records = "/domain/zone/example.org/record";
    scene.edit("production = [\"127.0.0.2\"]", "production = [\"127.0.0.2\", \"::2\"]");

    assertThat(rulesOf("--wait", "0"))
        .containsAll(LEAST)
        .contains("POST " + records, "DELETE " + records + "/*");
  }

  @Test
  void asksForTheZoneOfTheBackupsOwnNameToo() throws IOException {
    scene.secret("ovh.conf", scene.application());
    scene.edit("zones = [\"example.org\"]", "zones = [\"example.org\", \"example.net\"]");
    Files.writeString(
        scene.config(), "[dyndns]\nname = \"backup.example.net\"\n", StandardOpenOption.APPEND);

    assertThat(rulesOf("--wait", "0"))
        .contains(
            "POST /domain/zone/example.net/record",
            "PUT /domain/zone/example.net/record/*",
            "POST /domain/zone/example.net/refresh");
  }

  /** The simulator numbers its keys; the last one that asks whether it is good is ours. */
  private String requested() {
    await()
        .until(
            () ->
                scene.ovh.requests().stream()
                    .anyMatch(request -> request.line().equals("GET /auth/currentCredential")));
    return scene.ovh.requests().stream()
        .filter(request -> request.line().equals("GET /auth/currentCredential"))
        .map(request -> request.headers().getOrDefault("x-ovh-consumer", ""))
        .toList()
        .getLast();
  }

  @Test
  void tellsAMachineWhatADryRunWouldDo() throws IOException {
    scene.edit("zones = [\"example.org\"]", "zones = [\"example.org\", \"example.net\"]");
    scene.edit("[dns.ovh]", "[dyndns]\nname = \"backup.example.net\"\n[dns.ovh]");

    assertThat(scene.run("ovh-login", "--dry-run").out())
        .startsWith("would request a key for example.net, example.org, and write it to ");
    JsonNode said =
        new ObjectMapper().readTree(scene.run("ovh-login", "--dry-run", "--json").out());
    assertThat(said.path("zones")).hasSize(2);
    assertThat(said.path("file").asText()).isEqualTo(folder.resolve("ovh.conf").toString());
  }

  @Test
  void tellsAMachineWhereToConfirm() throws IOException {
    Scene.Said said = scene.run("ovh-login", "--wait", "0", "--json");

    assertThat(new ObjectMapper().readTree(said.out()).path("validationUrl").asText())
        .contains("/auth/sso?credentialToken=");
  }

  @Test
  void givesUpWhenNobodyConfirms() throws IOException {
    Path file = scene.secret("ovh.conf", scene.application());

    Scene.Said said = scene.run("ovh-login", "--wait", "0");

    assertThat(said.code()).isEqualTo(Exit.UNAVAILABLE.code());
    assertThat(said.err()).contains("not confirmed in time");
    assertThat(Files.readString(file)).doesNotContain("consumer_key");
  }

  @Test
  void saysHowToMakeAnApplication() throws IOException {
    scene.secret("ovh.conf", "[default]\nendpoint=ovh-eu\n");

    Scene.Said said = scene.run("ovh-login");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err())
        .contains("createApp", "application_key = ", folder.resolve("ovh.conf").toString());
    assertThat(scene.ovh.requests()).isEmpty();
  }

  @Test
  void noticesBeforehandThatItCanNotWrite() {
    Scene.Said said = scene.run("ovh-login", "--write", folder + "/none/ovh.conf");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err()).contains("can't be written");
    assertThat(scene.ovh.requests()).isEmpty();
  }
}
