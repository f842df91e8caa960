package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import io.relais.common.ExitCode;
import io.relais.common.StateLock;
import io.relais.common.control.ControlServer;
import io.relais.common.control.JsonLine;
import io.relais.sync.config.ConfigLoader;
import io.relais.sync.wiring.ControlRequests;
import io.relais.sync.wiring.MirrorSettingsFactory;
import io.relais.sync.wiring.OpenSshConfig;
import io.relais.sync.wiring.World.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
  private static final FileTime THEN = FileTime.from(Instant.parse("2020-01-02T03:04:05Z"));

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Embedded program;

  @BeforeEach
  void start() throws IOException {
    program = new Embedded(directory);
  }

  @AfterEach
  void stop() throws IOException {
    program.close();
  }

  /** Both sides equal, of one file. */
  private void equalSides() throws IOException {
    Files.createDirectory(program.copy);
    for (Path side : new Path[] {program.source, program.copy}) {
      Path file = Files.writeString(side.resolve("index.html"), "hello");
      Files.setLastModifiedTime(file, THEN);
      Files.setLastModifiedTime(side, THEN);
    }
  }

  @Test
  void configCheckSaysOkAndTheWayThere() {
    assertThat(program.run("config", "check"))
        .satisfies(
            result -> {
              assertThat(result.code()).isZero();
              assertThat(result.out()).contains("site: ", "-> backup:/site", ", then ", ": ok");
              assertThat(result.err()).isEmpty();
            });
  }

  @Test
  void connectsToSayWhatATargetLacks() throws IOException {
    var answered = program.run("config", "check", "--connect");
    program.link.close();
    var silent = program.run("config", "check", "--connect");

    assertThat(answered.code()).isZero();
    assertThat(answered.out()).endsWith("\nsite: backup:/site answers, and lacks nothing\n");
    assertThat(program.copy).doesNotExist();
    assertThat(silent.code()).isEqualTo(3);
    assertThat(silent.out()).contains("\nsite: backup:/site: can't reach ");
  }

  @Test
  void configCheckPrintsEveryMistake() throws IOException {
    program.configure("delete = 1\nexlude = []\n");
    var result = program.run("config", "check");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains(":9:", ":10:", "did you mean 'exclude'")
        .doesNotContain("\tat ");
  }

  @Test
  void aMissingConfigurationIsTheUsersMistake() throws IOException {
    Files.delete(program.config);
    var result = program.run();
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("there is no such file");
  }

  @Test
  void everySubCommandHasHelp() {
    for (String name : new String[] {"verify", "status", "left-out", "resume", "config"}) {
      assertThat(program.run(name, "--help").code()).as(name).isZero();
    }
  }

  @Test
  void anUnknownOptionIsSaidInOneLineWithAHint() {
    var result = program.run("--dryrun");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--dry-run").doesNotContain("Usage:");
  }

  @Test
  void anUnknownCommandIsCalledOneAndTheNearestIsNamed() {
    var result = program.run("statsu");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains("sync-agent: unknown command 'statsu'; did you mean 'status'?")
        .doesNotContain("index", "Unmatched", "Usage:");
    assertThat(program.run("frobnicate").err())
        .contains(
            "unknown command 'frobnicate'; there are: config, verify, status, left-out, resume");
    assertThat(program.run("config", "chekc").err())
        .contains("unknown command 'chekc'; did you mean 'check'?");
  }

  @Test
  void dryRunPrintsWhatIsToBeDoneAndChangesNothing() throws IOException {
    Files.writeString(program.source.resolve("index.html"), "hello");
    var result = program.run("--dry-run");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out().lines())
        .containsExactly(
            "cd+++++++++ ./",
            "<f+++++++++ index.html",
            "site: to do: 1 file (5 bytes), 1 directory");
    assertThat(program.copy).doesNotExist();
    assertThat(program.state).doesNotExist();
  }

  @Test
  void dryRunIsZeroWhereBothSidesAreEqual() throws IOException {
    equalSides();
    assertThat(program.run("--dry-run")).isEqualTo(new Embedded.Result(0, "site: in sync\n", ""));
  }

  @Test
  void jsonIsOneObjectALine() throws IOException {
    Files.writeString(program.source.resolve("index.html"), "hello");
    ObjectMapper mapper = new ObjectMapper();
    var result = program.run("--dry-run", "--json");
    for (String line : result.out().lines().toList()) {
      assertThat(mapper.readTree(line).path("mirror").asText()).isEqualTo("site");
    }
    assertThat(result.out().lines()).hasSize(3);
  }

  @Test
  void verifyWithChecksumFindsAFlippedByte() throws IOException {
    equalSides();
    Path there = program.copy.resolve("index.html");
    Files.writeString(there, "hallo");
    Files.setLastModifiedTime(there, THEN);
    assertThat(program.run("verify").code()).isZero();
    var result = program.run("verify", "--checksum");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).contains("<fc........ index.html");
  }

  private interface Difference {
    void make() throws IOException;
  }

  @Test
  void whereAnythingDiffersNothingIsCalledInSync() throws IOException {
    equalSides();
    Path page = program.source.resolve("index.html");
    Path there = program.copy.resolve("index.html");
    List<Difference> differences =
        List.of(
            () -> Files.writeString(program.source.resolve("new"), "new"),
            () -> Files.writeString(page, "changed"),
            () -> Files.writeString(program.copy.resolve("extra"), "extra"),
            () -> Files.setLastModifiedTime(there, FileTime.fromMillis(5_000)),
            () ->
                Files.setPosixFilePermissions(there, PosixFilePermissions.fromString("r-x------")),
            () -> Files.delete(there));
    for (Difference difference : differences) {
      difference.make();
      for (String[] command :
          List.of(
              new String[] {"--dry-run"},
              new String[] {"verify", "--no-repair"},
              new String[] {"verify", "--checksum", "--no-repair"})) {
        var result = program.run(command);
        assertThat(result.code()).as("%s", result).isEqualTo(1);
        assertThat(result.out() + result.err()).doesNotContain("in sync").contains("site: to do: ");
      }
    }
  }

  /** It is not mirrored: what a directory holds is. */
  @Test
  void aFileAsSourceIsSaidToBeNoDirectory() throws IOException {
    Path file = Files.writeString(program.source.resolve("dump.sql"), "dump");
    Files.writeString(
        program.config,
        Files.readString(program.config)
            .replace("source = \"" + program.source, "source = \"" + file));
    String what = "'" + file + "' is a file; ";
    String remedy =
        "name its directory as the source, and to mirror this file alone add: exclude = [\"/*\","
            + " \"!/dump.sql\"]";
    var checked = program.run("config", "check");
    assertThat(checked.out()).contains("warning: " + what + remedy);
    var dry = program.run("--dry-run");
    assertThat(dry.code()).isEqualTo(ExitCode.HALTED.code());
    assertThat(dry.err()).contains("site: the mirror halts: " + what + remedy);

    // What it says to write does what it says.
    Files.writeString(program.source.resolve("other"), "other");
    program.configure("exclude = [\"/*\", \"!/dump.sql\"]\n");
    assertThat(program.run("--dry-run").out())
        .contains("dump.sql", "site: to do: 1 file (4 bytes)")
        .doesNotContain("other");
  }

  @Test
  void anUnreachableTargetIsThree() throws IOException {
    program.link.stopBastion();
    var result = program.run("--dry-run");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err()).contains("site: can't reach bastion").doesNotContain("\tat ");
  }

  @Test
  void anUnknownHostKeyIsFour() throws IOException {
    Files.writeString(program.link.knownHosts(), "");
    var result = program.run("--dry-run");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).contains("host key of bastion");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--dry-run", "verify --no-repair", "verify"})
  void whatHaltsTheMirrorIsSix(String command) throws IOException {
    equalSides();
    for (int i = 0; i < 150; i++) {
      Files.writeString(program.copy.resolve("extra" + i), "extra");
    }
    assertHalts(command, "the mirror halts: 150 of 151 entries would be deleted");

    Files.delete(program.source.resolve("index.html"));
    assertHalts(command, "the mirror halts: the source directory is empty");

    Files.delete(program.source);
    assertHalts(command, "the mirror halts: the source " + program.source + ": it is not there");
    assertThat(program.copy.resolve("extra149")).exists();
  }

  private void assertHalts(String command, String message) {
    var result = program.run(command.split(" "));
    assertThat(result.code()).as("%s", result).isEqualTo(6);
    assertThat(result.err()).contains(message);
  }

  @Test
  void resumeRefusesWhatNamesNoHalt() {
    assertThat(program.run("resume", "sit", "01234567").err()).contains("did you mean 'site'");
    assertThat(program.run("resume", "site", "123").err()).contains("'123' is not a valid id");
    assertThat(program.run("resume", "site", "01234567").err()).contains("has never run");
    assertThat(program.run("resume", "site", "01234567").code()).isEqualTo(2);
  }

  @Test
  void statusOfAnAgentThatHasNotRunIsThree() {
    var result = program.run("status");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out()).contains("has not run yet");
  }

  @Test
  void aDryRunSaysThatTheTargetsParentIsMissingAndWhatToType() throws IOException {
    String config = Files.readString(program.config);
    Files.writeString(program.config, config.replace("backup:/site", "backup:/none/site"));

    var result = program.run("--dry-run");

    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err())
        .contains("/none/site is not there and can't be made by ", "@backup", "since /none is not")
        .contains("mkdir -p '/none/site' && chown ");
  }

  @Test
  void aDryRunSaysThatAFileStandsWhereTheTargetShouldBe() throws IOException {
    Files.writeString(program.copy, "a file");

    var result = program.run("--dry-run");

    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err()).contains("a file stands at backup:/site, where a directory should be");
  }

  @Test
  void statusWorksWithAMistakeInTheConfiguration() throws IOException {
    status("in-sync", "in sync", "");
    String config = Files.readString(program.config);
    Files.writeString(program.config, config.replace("[agent]", "[agent]\nwatchr = \"auto\""));

    var result = program.run("status");

    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("site: in sync (1 entry");
    assertThat(result.err())
        .contains("has a mistake, which 'sync-agent -c ", " config check' shows")
        .hasLineCount(1);

    Files.writeString(program.config, config.replace("[agent]", "[agent"));
    assertThat(program.run("status").out()).contains("site: in sync");
  }

  @Test
  void statusIsWellOnlyWhereItIs() throws IOException {
    for (var each :
        Map.of(
                "in-sync",
                0,
                "pending",
                0,
                "catching-up",
                0,
                "comparing",
                0,
                "connecting",
                3,
                "offline",
                3,
                "failing",
                5,
                "waiting",
                5,
                "partly-watched",
                5,
                "halted",
                6)
            .entrySet()) {
      status(each.getKey(), "as it is", "");
      assertThat(program.run("status").code()).as(each.getKey()).isEqualTo(each.getValue());
    }
  }

  @Test
  void statusIsFourWhereTheTargetRefused() throws IOException {
    status("offline", "offline: the login was refused", "\"refused\":true,");
    assertThat(program.run("status").code()).isEqualTo(4);
    status("offline", "offline: no route to host", "\"refused\":false,");
    assertThat(program.run("status").code()).isEqualTo(3);
  }

  @Test
  void statusTakesALaterProcessWithTheSameIdForNone() throws IOException {
    status("in-sync", "in sync", "");
    Path file = program.state.resolve("status.json");
    Files.writeString(
        file, Files.readString(file).replace("{\"pid\"", "{\"process\":\"other/1\",\"pid\""));

    var result = program.run("status");

    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out()).startsWith("sync-agent is not running");
  }

  @Test
  void statusSaysOfAnOfflineMirrorWhatIsAtTheTargetAndNotThatItIsPending() throws IOException {
    status(
        "offline",
        "offline: no route to host",
        "\"since\":\"2026-01-01T00:00:05Z\",\"next_try\":\"2026-01-01T00:00:09Z\","
            + "\"equal_as_of\":\"2026-01-01T00:00:00Z\",");

    assertThat(program.run("status").out())
        .contains(
            "site: offline: no route to host (1 entry at the target as of 2026-01-01T00:00:00Z;"
                + " changes since then are kept in mind; since 2026-01-01T00:00:05Z, next try"
                + " 2026-01-01T00:00:09Z)");
  }

  @Test
  void statusSaysWhoIsHaltedAndHowToGoOn() throws IOException {
    status("halted", "HALTED: too much; to let it go on, run: x", "\"halt\":\"01234567\",");
    var result = program.run("status");
    assertThat(result.code()).isEqualTo(6);
    assertThat(result.out()).contains("site: HALTED: too much; to let it go on, run: x");
    assertThat(program.run("status", "--json").out()).contains("\"running\":true");
  }

  private Path mirrorDirectory() throws Exception {
    Path mirror =
        new MirrorSettingsFactory(
                new ConfigLoader(Map.of(), file -> OpenSshConfig.hosts(file, Map.of()))
                    .load(program.config),
                program.config)
            .all()
            .getFirst()
            .directory();
    return Files.createDirectories(mirror);
  }

  private Path halted() throws Exception {
    Path mirror = mirrorDirectory();
    status("halted", "HALTED: too much", "\"halt\":\"01234567\",\"can_be_let_pass\":true,");
    Files.writeString(
        mirror.resolve("held-deletes"),
        """
        halt 01234567
        total 30
        directory pages (20)
        directory media (10)
        """
            + "path pages/a\n".repeat(20));
    return mirror;
  }

  @Test
  void resumeShowsWhatItIsAboutToDeleteAndAsks() throws Exception {
    Path mirror = halted();
    List<String> asked = new ArrayList<>();
    Terminal no =
        question -> {
          asked.add(question);
          return Optional.of("");
        };
    var result = program.run(no, "resume", "site");
    assertThat(result.code()).isEqualTo(6);
    assertThat(result.out())
        .contains("would delete 30 entries", "in pages (20)", "in media (10)", "  pages/a\n")
        .contains("and 20 more", "stays halted");
    assertThat(asked).containsExactly("site: let it go on as it is? [y/N] ");
    assertThat(mirror.resolve("resume")).doesNotExist();

    assertThat(program.run(_ -> Optional.of("y"), "resume", "site").code()).isZero();
    assertThat(mirror.resolve("resume")).hasContent("01234567");
  }

  @Test
  void resumeWithTheIdShowsItTooAndAsksNobody() throws Exception {
    Path mirror = halted();
    var result = program.run("resume", "site", "01234567");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("would delete 30 entries", "site: goes on");
    assertThat(mirror.resolve("resume")).hasContent("01234567");
  }

  @Test
  void resumeWithoutTheIdSaysWhatToTypeWhereNobodyCanBeAsked() throws Exception {
    Path mirror = halted();
    var result = program.run("resume", "site");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains("run: sync-agent -c " + program.config + " resume site 01234567");
    assertThat(mirror.resolve("resume")).doesNotExist();
  }

  @Test
  void resumeRefusesWhatIsNotHalted() throws Exception {
    mirrorDirectory();
    status("in-sync", "in sync", "");
    assertThat(program.run(_ -> Optional.of("y"), "resume", "site").err())
        .contains("site is not halted: in sync");
  }

  @Test
  void resumeRefusesWhatOnlyAChangeAtTheSourcePutsRight() throws Exception {
    Path mirror = mirrorDirectory();
    status(
        "halted",
        "HALTED: the symlink leads there; remove it",
        "\"halt\":\"01234567\",\"can_be_let_pass\":false,");
    var result = program.run("resume", "site", "01234567");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("no command lets this pass", "remove it");
    assertThat(mirror.resolve("resume")).doesNotExist();
  }

  private void status(String state, String message, String more) throws IOException {
    Files.createDirectories(program.state);
    Files.writeString(
        program.state.resolve("status.json"),
        """
        {"pid":%d,"mirrors":{"site":{"state":"%s","message":"%s",%s"updated":"2026-01-01T00:00:00Z",
        "entries":1,"failed_paths":0,"problems":[],"degraded":[]}}}
        """
            .formatted(ProcessHandle.current().pid(), state, message, more));
  }

  /** A verify that finds a difference, beside an agent whose mirror stands like this. */
  private Embedded.Result verifyBeside(String state, String message) throws IOException {
    equalSides();
    Files.writeString(program.source.resolve("more"), "only at the source");
    status(state, message, "");
    try (StateLock lock = StateLock.tryTake(program.state).orElseThrow();
        var _ =
            ControlServer.open(
                lock,
                ImmutableMap.of(
                    ControlRequests.REPAIR,
                    (_, _) ->
                        CompletableFuture.completedFuture(JsonLine.object().put("taken", 0))))) {
      return program.run("verify");
    }
  }

  @Test
  void theAgentIsReachedThoughThePathOfItsStateIsLong() throws IOException {
    program.close();
    program = new Embedded(Files.createDirectory(directory.resolve("d".repeat(150))));
    assertThat(verifyBeside("in-sync", "in sync").out())
        .contains("site: the running agent compares everything and repairs it");
  }

  /** The status does not show the other one yet. */
  @Test
  void twoAgentsThatBeginTogetherDoNotBothRun() throws IOException {
    Files.createDirectory(program.state);
    try (StateLock _ = StateLock.tryTake(program.state).orElseThrow()) {
      var second = program.run();
      assertThat(second.code()).isNotZero();
      assertThat(second.err())
          .contains("sync-agent runs already with the state directory " + program.state);
    }
  }

  @Test
  void verifySaysThatTheAgentRepairsIt() throws IOException {
    var result = verifyBeside("in-sync", "in sync");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).contains("site: the running agent compares everything and repairs it");
  }

  @Test
  void verifyBesideAHaltedMirrorIsSixAndSaysHowToGoOn() throws IOException {
    var result = verifyBeside("halted", "HALTED: too much; to let it go on, run: x");
    assertThat(result.code()).isEqualTo(6);
    assertThat(result.out())
        .contains("HALTED: too much; to let it go on, run: x")
        .doesNotContain("and repairs it");
  }

  @Test
  void verifyDoesNotPromiseToRepairWhatIsOnlyReported() throws IOException {
    program.configure("drift = \"report\"\n");
    var result = verifyBeside("in-sync", "in sync");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out())
        .contains("it tells and leaves alone (drift = \"report\")")
        .doesNotContain("everything and repairs it");
  }

  @Test
  void verifySaysThatAConsistentMirrorHoldsBackWhatItWaitsFor() throws IOException {
    program.configure("consistent = true\n");
    var result = verifyBeside("waiting", "waiting for a certificate");
    assertThat(result.out())
        .contains("holds it back for now: waiting for a certificate")
        .doesNotContain("and repairs it");
  }

  @Test
  void aDryRunLeavesNoHeartbeat() throws IOException {
    Files.createDirectory(program.copy);
    String config = Files.readString(program.config);
    Files.writeString(program.config, config.replace("[agent]", "[agent]\nheartbeat = \"1ms\""));
    program.run("--dry-run");

    try (var left = Files.list(program.link.root())) {
      assertThat(left.map(path -> path.getFileName().toString())).containsExactly("site");
    }
  }
}
