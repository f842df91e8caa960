package io.relais.failover.engine;

import static io.relais.failover.engine.Stage.OWN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.config.CertificateConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.net.CertificateSummary;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult.Status;
import io.relais.testbed.web.TestCertificates;
import io.relais.testbed.web.TestCertificates.Issued;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The backup serves an old certificate, and the copy has a newer one. */
final class CertificateReloadTest {
  private static final String ADVICE = "reload the backup's web server (systemctl reload nginx)";

  @TempDir private Path directory;

  private final TestCertificates authority = new TestCertificates();
  private Stage stage;
  private Scenario scenario;
  private Path file;
  private Path ran;

  @BeforeEach
  void setStage() throws IOException {
    stage = new Stage(Files.createDirectory(directory.resolve("state")));
    scenario = new Scenario(stage);
    file = directory.resolve("fullchain.pem");
    ran = directory.resolve("ran");
    copyHas(issue(Duration.ofDays(1), "www.example.org", "example.org"));
    serves(issue(Duration.ofDays(91), "www.example.org"));
    configure();
  }

  /** Of 90 days, issued so long ago. */
  private Issued issue(Duration ago, String... names) {
    Instant from = stage.clock.instant().minus(ago);
    return authority.issue(from, from.plus(Duration.ofDays(90)), names);
  }

  private void copyHas(Issued issued) throws IOException {
    Files.writeString(file, issued.chainPem());
  }

  /** And nobody takes it. */
  private void serves(Issued issued) {
    stage.prober.shows(OWN, CertificateSummary.of(issued.certificate()));
    stage.prober.down(OWN, Status.CERTIFICATE);
  }

  private void configure(String... command) {
    stage.certificate =
        new CertificateConfig(
            Optional.of(file), ImmutableList.copyOf(command), Duration.ofSeconds(5));
  }

  /** A command that only says that it ran, and does this. */
  private String command(String does) throws IOException {
    Path program = directory.resolve("reload");
    Files.writeString(program, "#!/bin/sh\necho run >> '%s'\n%s\n".formatted(ran, does), UTF_8);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return program.toString();
  }

  private List<String> runs() throws IOException {
    return Files.exists(ran) ? Files.readAllLines(ran) : List.of();
  }

  @Test
  void advisesToReloadInsteadOfToRenew() throws Exception {
    stage.prober.ending(OWN, stage.clock.instant());
    scenario.calm();
    assertThat(stage.last(Topic.WATCH_DOWN).text()).contains(ADVICE);
    assertThat(stage.last(Topic.CERTIFICATE).text())
        .contains("the backup serves the certificate of ", ADVICE, "relais-reload@nginx.path")
        .doesNotContain("Renew it");
    scenario.outage().rounds(6).expectPhase(Phase.DOWN).expectReason(ADVICE);
  }

  @Test
  void advisesToRenewWhatTheCopyHasNoNewerOf() throws Exception {
    copyHas(issue(Duration.ofDays(95), "www.example.org"));
    expectRenew("older");
    copyHas(issue(Duration.ofDays(-1), "www.example.org"));
    expectRenew("not valid yet");
    copyHas(issue(Duration.ofDays(1), "other.example.org"));
    expectRenew("for another name");
    Files.writeString(file, "no certificate");
    expectRenew("damaged");
    Files.delete(file);
    expectRenew("gone");
  }

  private void expectRenew(String why) throws Exception {
    stage.notices.clear();
    stage.prober.ending(OWN, stage.clock.instant());
    Files.deleteIfExists(stage.directory.resolve("state.json"));
    scenario.calm();
    assertThat(stage.last(Topic.CERTIFICATE).text()).as(why).contains("Renew it");
  }

  @Test
  void aWildcardIsForOneLabel() throws Exception {
    copyHas(issue(Duration.ofDays(1), "*.example.org"));
    scenario.calm().outage().rounds(6).expectPhase(Phase.DOWN).expectReason(ADVICE);
  }

  @Test
  void reloadsBeforeASwitchAndSwitches() throws Exception {
    configure(command(""));
    Path reloaded = ran;
    stage.prober.before(
        place -> {
          if (place.equals(OWN) && Files.exists(reloaded)) {
            stage.prober.up(OWN);
          }
        });
    scenario.calm();
    assertThat(runs()).as("while all is well").isEmpty();
    scenario.outage().rounds(3);
    assertThat(runs()).as("before it is certain").isEmpty();
    scenario.round().expectPhase(Phase.ON_BACKUP);
    assertThat(runs()).hasSize(1);
  }

  @Test
  void reloadsBeforeASwitchByHand() throws Exception {
    configure(command(""));
    stage.prober.before(
        place -> {
          if (place.equals(OWN) && Files.exists(ran)) {
            stage.prober.up(OWN);
          }
        });
    scenario.calm().command(Command.SWITCH).expectPhase(Phase.ON_BACKUP);
    assertThat(runs()).hasSize(1);
  }

  @Test
  void reloadsOnceForEachCertificateAndSaysWhatFailed() throws Exception {
    configure(command("echo 'nginx is masked' >&2; exit 4"));
    scenario.calm().outage().rounds(4).expectPhase(Phase.DOWN);
    scenario.expectReason("the reload command ended with exit code 4: nginx is masked");
    scenario.rounds(20).start().rounds(20).expectPhase(Phase.DOWN);
    scenario.expectReason("the reload command was run, and has not helped");
    assertThat(runs()).hasSize(1);
    copyHas(issue(Duration.ofHours(1), "www.example.org"));
    scenario.rounds(5);
    assertThat(runs()).as("another certificate").hasSize(2);
  }

  @Test
  void killsACommandThatHangs() throws Exception {
    stage.certificate =
        new CertificateConfig(
            Optional.of(file), ImmutableList.of(command("sleep 600")), Duration.ofMillis(200));
    scenario.calm().outage().rounds(4).expectPhase(Phase.DOWN);
    scenario.expectReason("the reload command did not end within 200 ms, and was killed");
  }

  @Test
  void reloadsNothingWhereMoreIsMissing() throws Exception {
    configure(command(""));
    stage.prober.down(OWN, Status.TIMEOUT);
    scenario.calm().outage().rounds(20).expectPhase(Phase.DOWN);
    assertThat(runs()).isEmpty();
  }

  @Test
  void reloadsNothingWhileOurOwnLineIsInDoubt() throws Exception {
    configure(command(""));
    scenario.calm().outage().down("canary 1", "canary 2").rounds(20).expectPhase(Phase.BLIND);
    assertThat(runs()).isEmpty();
  }

  @Test
  void reloadsNothingInARehearsal() throws Exception {
    configure(command(""));
    stage.mode = WatcherFactory.Mode.DRY_RUN;
    scenario.calm().outage().rounds(20).expectPhase(Phase.DOWN);
    assertThat(runs()).isEmpty();
  }

  @Test
  void saysThatACommandIsNotThere() throws Exception {
    configure(directory.resolve("gone").toString());
    scenario.calm().outage().rounds(4).expectPhase(Phase.DOWN);
    scenario.expectReason("the reload command");
    assertThat(scenario.outcome().reason()).contains(ADVICE);
  }
}
