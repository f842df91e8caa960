package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.failover.state.DaemonMarker;
import io.relais.failover.wiring.DrillZone;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhReply;
import io.relais.testbed.provider.OvhRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What each command prints, and the code that it ends with. */
final class CommandOutputTest extends SceneTestCase {
  private JsonNode json(Scene.Said said) throws IOException {
    return new ObjectMapper().readTree(said.out());
  }

  @Test
  void configCheckNamesWhatIsWatchedAndMoved() {
    Scene.Said said = scene.run("config", "check");

    assertThat(said.out().lines())
        .containsExactly(
            "www.example.org: 1 probe, 2 canaries; moves www.example.org", scene.config() + ": ok");
    assertThat(said.err()).isEmpty();
    assertThat(said.code()).isZero();
  }

  @Test
  void configCheckTellsAMachineTheSame() throws IOException {
    JsonNode said = json(scene.run("config", "check", "--json"));

    assertThat(said.path("site").asText()).isEqualTo(Scene.NAME);
    assertThat(said.path("names")).hasSize(1);
    assertThat(said.path("warnings").isArray()).isTrue();
  }

  @Test
  void configCheckTellsEveryMistakeWithItsLine() throws IOException {
    scene.edit("needed = 2", "neded = 2");
    scene.edit("stable_rounds = 1", "stable_rounds = 0");

    Scene.Said said = scene.run("config", "check");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err()).contains("did you mean", "stable_rounds", "watcher.toml:");
  }

  @Test
  void aMissingConfigurationSaysWhereItWasSought() throws IOException {
    Files.delete(scene.config());

    Scene.Said said = scene.run("status");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err()).contains(scene.config().toString(), "no such file");
  }

  @Test
  void missingCredentialsSayWhatToWriteAndWhere() throws IOException {
    Files.delete(folder.resolve("ovh.conf"));

    Scene.Said said = scene.run("check");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err()).contains("ovh.conf");
  }

  @Test
  void aStateDirectoryThatIsAFileIsTheStatesFault() throws IOException {
    Files.writeString(scene.state(), "in the way");

    Scene.Said said = scene.run("check");

    assertThat(said.code()).isEqualTo(Exit.STATE.code());
    assertThat(said.err()).contains(scene.state().toString()).doesNotContain("\tat ");
  }

  @Test
  void checkIsQuietWhileAllIsWell() throws IOException {
    Scene.Said said = scene.run("check");
    assertThat(said.all()).isEmpty();
    assertThat(said.code()).isZero();
    assertThat(scene.run("check", "--verbose").out()).isEqualTo("up\n");
    assertThat(json(scene.run("check", "--json")).path("failover").path("phase").asText())
        .isEqualTo("up");
    assertThat(scene.ovh.changes()).isEmpty();
  }

  /** As cron mails it: once when something changes, not every minute. */
  @Test
  void checkSaysWhatChangedOnce() throws IOException {
    scene.productionAnswers(500);
    assertThat(scene.run("check").out()).startsWith("on-backup: ");

    Scene.Said again = scene.run("check");
    assertThat(again.all()).isEmpty();
    assertThat(again.code()).isEqualTo(Exit.SWITCHED.code());
    assertThat(scene.run("check", "--verbose").out()).startsWith("on-backup: ");

    scene.productionAnswers(200);
    assertThat(scene.run("failback", "--yes").code()).isZero();
    assertThat(scene.run("check").out()).isEqualTo("up\n");
    assertThat(scene.run("check").all()).isEmpty();
  }

  @Test
  void checkSwitchesAndStatusHistoryAndFailbackTellOfIt() throws IOException {
    scene.productionAnswers(500);
    Scene.Said check = scene.run("check");
    assertThat(check.code()).as(check.all()).isEqualTo(Exit.SWITCHED.code());
    assertThat(check.out()).startsWith("on-backup");
    assertThat(scene.records()).contains("www.example.org 60 A " + Scene.BACKUP);

    Scene.Said status = scene.run("status");
    assertThat(status.code()).isEqualTo(Exit.SWITCHED.code());
    assertThat(status.out())
        .startsWith("www.example.org: on-backup for ")
        .contains("  DNS now    backup: www.example.org A", Scene.BACKUP)
        .contains("  should be  at backup, and is\n")
        .contains("  restores   www.example.org A")
        .contains("    FAILED http://www.example.org")
        .contains("  backup is  " + Scene.BACKUP)
        .contains("last round ");
    JsonNode json = json(scene.run("status", "--json"));
    assertThat(json.path("lastRound").path("failover").path("phase").asText())
        .isEqualTo("on-backup");
    assertThat(json.path("dns").path("asItShouldBe").asBoolean()).isTrue();
    assertThat(json.path("journal").path("restores")).hasSize(1);
    assertThat(json.path("journal").path("underWay").isNull()).isTrue();

    assertThat(scene.run("history").out()).contains(" -> ", "on-backup");
    assertThat(json(scene.run("history", "--json")).get(0).path("event").asText())
        .isEqualTo("phase");
    assertThat(scene.run("history", "-n", "1").out().lines()).hasSize(1);
    assertThat(scene.run("history", "-n", "0").out()).isEmpty();
    assertThat(
            json(scene.run("status", "--json")).path("lastRound").path("failover").path("records"))
        .hasToString("\"backup\"");
    assertThat(scene.webhook.received().getLast().body()).contains("\"switched\"");

    scene.productionAnswers(200);
    Scene.Said back = scene.run("failback", "--yes");
    assertThat(back.code()).as(back.all()).isZero();
    assertThat(back.out()).startsWith("done; up");
    assertThat(scene.records())
        .containsExactlyInAnyOrder(
            "www.example.org 3600 A 127.0.0.2", "drill.example.org 300 A 127.0.0.2");
    assertThat(scene.run("status").out()).doesNotContain("restores", "under way");
  }

  @Test
  void statusAsksDnsNow() throws IOException {
    scene.run("check");
    scene.zone.stored().stream()
        .filter(record -> "www".equals(record.subDomain()))
        .forEach(record -> scene.zone.remove(record.id()));
    scene.zone.add("www", "A", "198.51.100.99", 60L);
    scene.zone.deployNow();

    Scene.Said said = scene.run("status");

    assertThat(said.out())
        .contains("  DNS now    foreign: www.example.org A", "198.51.100.99")
        .contains("  should be  at production, and is NOT\n");
    assertThat(scene.run("status", "--no-dns").out()).doesNotContain("DNS now");
  }

  @Test
  void statusSaysFirstThatTheDaemonHasEnded() throws Exception {
    scene.run("check");
    Process ended = new ProcessBuilder("true").start();
    assertThat(ended.waitFor()).isZero();
    ObjectMapper mapper = new ObjectMapper();
    Path file = scene.state().resolve("status.json");
    ObjectNode status = (ObjectNode) mapper.readTree(file.toFile());
    mapper.writeValue(file.toFile(), status.put("pid", ended.pid()));
    Files.writeString(
        scene.state().resolve("daemon.json"),
        "{\"pid\":%d,\"process\":\"\"}".formatted(ended.pid()));

    Scene.Said said = scene.run("status");

    assertThat(said.code()).isEqualTo(Exit.UNAVAILABLE.code());
    assertThat(said.out()).startsWith("failover-watcher is not running: its last round ended at ");
    assertThat(said.out()).contains("(by a daemon that has ended)");
    assertThat(scene.run("status", "--json").code()).isEqualTo(Exit.UNAVAILABLE.code());
  }

  @Test
  void statusKnowsTheDaemonFromALaterProcessWithItsId() throws IOException {
    scene.run("check");
    DaemonMarker.write(scene.state());
    assertThat(scene.run("status").out()).contains("(by the daemon, pid ");

    Files.writeString(
        scene.state().resolve("daemon.json"),
        "{\"pid\":%d,\"process\":\"another boot/1\"}".formatted(ProcessHandle.current().pid()));
    assertThat(scene.run("status").out()).startsWith("failover-watcher is not running: ");
  }

  @Test
  void statusSaysFirstThatADaemonMakesNoRoundsAndStopsTheClockThere() throws IOException {
    scene.run("check");
    DaemonMarker.write(scene.state());
    ObjectMapper mapper = new ObjectMapper();
    Path file = scene.state().resolve("status.json");
    ObjectNode status = (ObjectNode) mapper.readTree(file.toFile());
    mapper.writeValue(file.toFile(), status.put("updated", "2026-01-01T00:00:00Z"));

    Scene.Said said = scene.run("status");

    assertThat(said.code()).isEqualTo(Exit.UNAVAILABLE.code());
    assertThat(said.out())
        .startsWith("no round was made since ")
        .contains("(by the daemon, pid " + ProcessHandle.current().pid());
  }

  @Test
  void statusBetweenRunsFromCronSaysNothingAboutADaemon() throws IOException {
    scene.run("check");

    Scene.Said said = scene.run("status");

    assertThat(said.code()).isZero();
    assertThat(said.out()).startsWith("www.example.org: up for ").contains("(by a single run)");
  }

  @Test
  void statusSaysFirstThatCronNoLongerRunsIt() throws IOException {
    scene.run("check");
    ObjectMapper mapper = new ObjectMapper();
    Path file = scene.state().resolve("status.json");
    ObjectNode status = (ObjectNode) mapper.readTree(file.toFile());
    mapper.writeValue(file.toFile(), status.put("updated", "2026-01-01T00:00:00Z"));

    Scene.Said said = scene.run("status");

    assertThat(said.code()).isEqualTo(Exit.UNAVAILABLE.code());
    assertThat(said.out())
        .startsWith("failover-watcher is not running: the last run was at ")
        .contains("if cron or a timer is to run it");
  }

  @Test
  void statusWorksWithAMistakeInTheConfiguration() throws IOException {
    scene.run("check");
    scene.edit("needed = 2", "neded = 2");

    Scene.Said said = scene.run("status");

    assertThat(said.code()).isZero();
    assertThat(said.err()).contains("has a mistake, which 'failover-watcher config check' shows");
    assertThat(said.out()).startsWith("www.example.org: up for ");

    scene.edit("neded = 2", "needed = = 2");
    assertThat(scene.run("status").out()).startsWith("www.example.org: up for ");
  }

  @Test
  void statusBeforeAnyRunSaysSo() {
    Scene.Said said = scene.run("status");

    assertThat(said.code()).isEqualTo(Exit.UNAVAILABLE.code());
    assertThat(said.err()).contains("has not run yet");
    assertThat(scene.run("history").out()).isEqualTo("nothing has happened yet\n");
  }

  @Test
  void whatOnlyWatchesFollowsAFailureUpAndRemembersIt() throws IOException {
    scene.productionAnswers(500);
    Files.writeString(
        scene.config(),
        """
        [watcher]
        state_dir = "%s"
        interval = "1s"
        [[watch]]
        name = "site"
        failures = 2
        [[watch.probe]]
        url = "%s"
        address = "%s"
        timeout = "900ms"
        """
            .formatted(scene.state(), scene.url(), Scene.PRODUCTION));

    Scene.Said said = scene.run("check");

    assertThat(said.out()).isEqualTo("site: down\n");
    assertThat(said.code()).isEqualTo(Exit.DOWN.code());
    assertThat(said.err()).contains("site is down: ");
    assertThat(scene.run("history").out()).contains("  up -> down  site is down: ");
    assertThat(json(scene.run("history", "--json")).get(0).path("event").asText())
        .isEqualTo("watch");
  }

  @Test
  void whatOnlyWatchesSaysThatItCanNotSwitch() throws IOException {
    Files.writeString(
        scene.config(),
        """
        [watcher]
        state_dir = "%s"
        interval = "1s"
        [[watch]]
        name = "backup"
        [[watch.probe]]
        url = "http://127.0.0.1:%d/"
        timeout = "900ms"
        """
            .formatted(scene.state(), scene.webhook.port()));

    for (String command : new String[] {"switch", "failback", "resume", "drill", "ovh-login"}) {
      Scene.Said said = scene.run(command);
      assertThat(said.code()).as(command).isEqualTo(Exit.USAGE.code());
      assertThat(said.err()).as(command).contains("only watches");
    }
    assertThat(scene.run("check", "--verbose").out()).isEqualTo("backup: up\n");
    assertThat(scene.run("status").out()).startsWith("backup: up for ");
    assertThat(scene.run("doctor").out()).contains("ok       watch backup");
  }

  @Test
  void doctorFindsEverythingInOrder() throws IOException {
    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(said.out())
        .contains("ok       state directory", "ok       credentials", "ok       journal")
        .contains("ok       production http://www.example.org")
        .contains("ok       backup http://www.example.org", "ok       canary http://")
        .contains("ok       own clock", "ok       public address, IPv4: " + Scene.BACKUP)
        .contains("ok       where the records point: production: www.example.org A")
        .contains("ok       OVH right to change records", "ok       OVH right to publish")
        .contains("ok       notify recorder");
    assertThat(scene.webhook.received()).isEmpty();
    assertThat(scene.state()).doesNotExist();
    for (JsonNode check : json(scene.run("doctor", "--json"))) {
      assertThat(check.path("result").asText()).isIn("OK", "WARNING", "FAILED");
      assertThat(check.path("name").asText()).isNotEmpty();
    }
  }

  @Test
  void doctorAsksThoseWhoLookFromElsewhere() throws IOException {
    scene.more(
        """
        [[vantage]]
        name = "vps"
        command = ["/bin/true"]
        [[backup.vantage]]
        name = "vps"
        command = ["/bin/sh", "-c", "test ${address} = %s"]
        [[backup.vantage]]
        name = "cellar"
        command = ["/bin/false"]
        [[backup.vantage]]
        name = "gone"
        command = ["/nonexistent/program"]
        """
            .formatted(Scene.BACKUP));

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out())
        .contains("ok       vantage vps: sees production up")
        .contains("ok       backup from vps: reached at " + Scene.BACKUP)
        .contains("FAILED   backup from cellar: not reached at " + Scene.BACKUP)
        .contains("backup from gone: gave no answer that counts");
    // One reaches it, so a switch may lead there.
    assertThat(scene.run("drill").out()).contains("  reach the backup from outside: vps: up");
  }

  @Test
  void doctorLooksAtTheBackupsOwnNameWhereTheProviderHoldsIt() throws IOException {
    scene.zone.add("backup", "A", Scene.BACKUP, 60L);
    scene.zone.deployNow();
    scene.more("[dyndns]\nname = \"backup.example.org\"\n");

    assertThat(scene.run("doctor").out())
        .contains("ok       OVH record backup.example.org A: backup.example.org A " + Scene.BACKUP)
        .contains("backup.example.org A " + Scene.BACKUP + " ttl 60; www.example.org A");
  }

  @Test
  void doctorGoesOnWithoutCredentials() throws IOException {
    scene.secret("ovh.conf", scene.application());

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out())
        .contains("FAILED   credentials: ", "consumer_key", "failover-watcher ovh-login")
        .contains("ok       canary ", "  name server ");
  }

  @Test
  void doctorSendsATestWhereAskedTo() throws IOException {
    scene.secret("ping.url", "http://127.0.0.1:" + scene.webhook.port() + "/ping-key");
    scene.more("[deadman]\nurl_file = \"%s\"\n".formatted(folder.resolve("ping.url")));
    assertThat(scene.run("doctor").out()).contains("ok       dead man's switch: not pinged");
    assertThat(scene.webhook.received()).isEmpty();

    assertThat(scene.run("doctor", "--notify").out())
        .contains("ok       notify recorder: sent", "ok       dead man's switch: pinged");
    assertThat(scene.webhook.received()).hasSize(2);
    scene.webhook.close();
    assertThat(scene.run("doctor", "--notify").out())
        .contains("FAILED   dead man's switch: ")
        .doesNotContain("ping-key");
  }

  @Test
  void doctorFindsRecordsThatTheFirstRoundWouldHaltAt() throws IOException {
    scene.edit("production = [\"127.0.0.2\"]", "production = [\"127.0.0.9\", \"127.0.0.2\"]");
    assertThat(scene.run("doctor").out()).contains("ok       where the records point");
    scene.edit("production = [\"127.0.0.9\", \"127.0.0.2\"]", "production = [\"127.0.0.9\"]");

    assertThat(scene.run("doctor").out())
        .contains(
            "FAILED   where the records point: www.example.org A is 127.0.0.2, which is",
            "write production = [\"127.0.0.9\", \"127.0.0.2\"], otherwise take it out");
  }

  @Test
  void doctorDisturbsNoChangeThatIsUnderWay() throws IOException {
    scene.zone.deployAfter(Optional.empty());
    scene.productionAnswers(500);
    assertThat(scene.run("check", "--at-most", "8").code()).isEqualTo(Exit.CHANGING.code());
    int changes = scene.ovh.changes().size();

    assertThat(scene.run("doctor").out())
        .contains("ok       journal: a change is under way since ")
        .contains("ok       OVH right to change records: granted");
    assertThat(scene.ovh.changes()).hasSize(changes);
  }

  @Test
  void notifyTestTellsWhatBecameOfEachChannel() throws IOException {
    Scene.Said said = scene.run("notify-test");
    assertThat(said.code()).isZero();
    assertThat(said.out()).startsWith("ok       recorder (");
    assertThat(json(scene.run("notify-test", "--json")).get(0).path("channel").asText())
        .isEqualTo("recorder");
    scene.webhook.close();

    Scene.Said failed = scene.run("notify-test");

    assertThat(failed.code()).isEqualTo(Exit.FAILED.code());
    assertThat(failed.out()).startsWith("FAILED   recorder: ").doesNotContain(Scene.HOOK_KEY);
  }

  @Test
  void aDrillMeasuresEachStepAndChangesNothing() throws IOException {
    Scene.Said said = scene.run("drill");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(said.out())
        .contains("  probe production: it serves", "  read the records: would change ")
        .contains("From an outage to the accepted change: about 4 s of probing");
    assertThat(scene.ovh.changes()).isEmpty();
    assertThat(scene.state()).doesNotExist();
    assertThat(json(scene.run("drill", "--json")).get(0).path("ok").asBoolean()).isTrue();
  }

  @Test
  void aDrillOnATestNameGoesThereAndBackAndLeavesNoJournal() throws IOException {
    Scene.Said said = scene.run("drill", "--name", "Drill.example.org.");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(said.out())
        .contains("  switch: accepted", "  switch: visible at every authoritative server")
        .contains("  fail back: visible at every authoritative server");
    assertThat(scene.records())
        .containsExactlyInAnyOrder(
            "www.example.org 3600 A 127.0.0.2", "drill.example.org 300 A 127.0.0.2");
    assertThat(scene.zone.refreshes()).isEqualTo(2);
    assertThat(DrillZone.unfinished(scene.state())).isEmpty();
  }

  @Test
  void aRehearsalGoesThereAndBackAndIsReported() throws IOException {
    Scene.Said said = scene.run("rehearse", "--name", "drill.example.org");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(scene.records())
        .containsExactlyInAnyOrder(
            "www.example.org 3600 A 127.0.0.2", "drill.example.org 300 A 127.0.0.2");
    assertThat(scene.zone.refreshes()).isEqualTo(2);
    String last = said.out().lines().reduce((_, next) -> next).orElseThrow();
    assertThat(last).startsWith("report: ");
    Path report = Path.of(last.substring("report: ".length()));
    assertThat(report).hasParent(scene.state().resolve("rehearsals"));
    assertThat(report)
        .content()
        .contains(
            "# The rehearsal of the switch worked: www.example.org",
            "`drill.example.org`",
            "| switch: visible at every authoritative server | ok |",
            "| probe production | ok |");
    assertThat(Path.of(report.toString().replace(".md", ".svg")))
        .content()
        .startsWith("<svg ")
        .contains(">fail back: accepted</text>");
    assertThat(scene.run("history").out())
        .contains("  rehearsal  asked first: ", "switch: accepted: ");
    assertThat(scene.webhook.received().getLast().body())
        .contains("\"rehearsal\"", "The rehearsal of the switch worked");
  }

  @Test
  void aRehearsalThatFailsSaysWhat() throws IOException {
    scene.ovh.injectAlways(
        OvhRequest::changes,
        new OvhFault.Answer(OvhReply.of(403, "{\"message\":\"This call has not been granted\"}")));
    Scene.Said said = scene.run("rehearse", "--name", "drill.example.org");

    assertThat(said.code()).as(said.all()).isEqualTo(15);
    assertThat(scene.webhook.received().getLast().body())
        .contains("The rehearsal of the switch failed");
    assertThat(scene.run("history").out()).contains("  rehearsal failed  FAILED: switch");
    assertThat(scene.records())
        .containsExactlyInAnyOrder(
            "www.example.org 3600 A 127.0.0.2", "drill.example.org 300 A 127.0.0.2");
  }

  @Test
  void aRehearsalNeedsANameOfItsOwn() {
    assertThat(scene.run("rehearse").err())
        .contains("say which name to rehearse on: --name, or name below [rehearsal]");
    assertThat(scene.run("rehearse", "--name", Scene.NAME).err()).contains("in real use");
  }

  @Test
  void aDryDrillOnATestNameLooksAtThatName() {
    Scene.Said said = scene.run("drill", "--name", "drill.example.org", "--dry-run");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(said.out())
        .contains("would change drill.example.org A")
        .doesNotContain(Scene.NAME, "From an outage");
  }

  @Test
  void aDrillThatFailsPromisesNothing() {
    scene.productionAnswers(500);

    Scene.Said said = scene.run("drill");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out()).contains("FAILED").doesNotContain("From an outage");
  }

  @Test
  void aChangeThatTheProviderDoesNotTakeIsNoSwitch() throws IOException {
    scene.ovh.injectAlways(
        OvhRequest::changes, new OvhFault.Answer(OvhReply.of(503, "<html>busy</html>")));
    scene.productionAnswers(500);

    Scene.Said said = scene.run("check", "--at-most", "6");

    assertThat(said.code()).as(said.all()).isEqualTo(Exit.DOWN.code());
    assertThat(said.out()).startsWith("switching: ").contains("has not accepted it yet: ", "503");
    assertThat(said.err()).contains("has not accepted it yet: ", "503");
    assertThat(scene.run("history").out()).contains("has not accepted it yet: ");
    assertThat(scene.run("status").code()).isEqualTo(Exit.DOWN.code());
    assertThat(scene.run("status").out()).contains("  records    unknown: they are being changed");
  }

  @Test
  void aSwitchThatHaltsInTheMiddleIsNotUnderWay() throws IOException {
    scene.ovh.injectAlways(
        request -> request.path().endsWith("/refresh"),
        new OvhFault.Answer(
            OvhReply.of(403, "{\"message\":\"no\",\"class\":\"Client::Forbidden\"}")));

    Scene.Said said = scene.run("switch", "--yes");

    assertThat(said.code()).as(said.all()).isEqualTo(Exit.HALTED.code());
    assertThat(said.out()).startsWith("not done; halted: ");
    assertThat(scene.run("status").out())
        .contains("  records    unknown: a change of them was halted before its end");
  }

  @Test
  void everyCommandIsSummedUpInAWholeSentence() {
    String help = scene.run("--help").out();

    List<String> commands =
        help.lines().filter(line -> line.matches("  [a-z-]{3,12} +.*")).toList();
    assertThat(commands).hasSizeGreaterThan(9);
    assertThat(help).contains("check        One round, for cron or a systemd timer.\n");
    assertThat(scene.run("resume", "--help").out()).contains("switches at once");
  }

  @Test
  void aDrillKeepsItsHandsOffNamesInUse() {
    assertThat(scene.run("drill", "--name", Scene.NAME).err()).contains("in real use");
    assertThat(scene.run("drill", "--name", "../journal").err()).contains("not a valid DNS name");
    assertThat(scene.run("drill", "--name", "none.example.org").err()).contains("has no address");
    assertThat(scene.ovh.changes()).isEmpty();
  }
}
