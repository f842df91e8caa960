package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.ssh.LesserDisk;
import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Mirrors to file systems that keep less than Linux's own do. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class LesserDisksTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;

  /** The first comparison after the first sync finds nothing to send, and a second run neither. */
  @Test
  void areNotAskedForWhatTheyCannotKeep() throws Exception {
    try (Rig rig = Rig.in(directory, OpenSshBed.in(directory.resolve("client")), "", "");
        LesserDisk _ = LesserDisk.mount(directory, Files.createDirectory(rig.target()))) {
      Path source = rig.source();
      Files.writeString(Files.createDirectories(source.resolve("d/e")).resolve("kept"), "kept");
      Files.writeString(source.resolve("readme.md"), "lower");
      Files.writeString(source.resolve("README.md"), "upper");
      Files.writeString(source.resolve("a:b?.txt"), "a");
      Files.createSymbolicLink(source.resolve("link"), Path.of("readme.md"));
      Path secret = Files.writeString(source.resolve("secret"), "secret");
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
      Files.setLastModifiedTime(secret, FileTime.from(Instant.ofEpochSecond(1_000_000_001)));

      rig.startAgent();
      assertThatEachIsTold(rig);
      assertThat(rig.target().resolve("d/e/kept")).hasContent("kept");
      assertThat(rig.target().resolve("secret")).hasContent("secret");
      assertThat(rig.target().resolve("README.md")).hasContent("upper");
      assertThat(names(rig.target())).containsExactly("d", "README.md", "secret");

      String lack = "its file system keeps no modes, has no symlinks, ";
      assertThat(rig.lines("site", "target_lacks"))
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith(lack);
      assertThat(lines(rig, "site: at the target, " + lack)).hasSize(1);
      assertThat(connecting(rig))
          .contains("site: backup:/data/site answers:\n  " + lack)
          .doesNotContain("\n  its server");

      // What can't be there beside another is not compared with that.
      assertThat(DamageTest.verify(rig, "--checksum").said()).doesNotContain("<fc", "differ in");

      rig.stopAgent();
      long before = lines(rig, "connected to").size();
      rig.startAgent();
      await().atMost(LIMIT).until(() -> lines(rig, "connected to").size() > before);
      assertThatEachIsTold(rig);
      assertThat(lines(rig, " in [0-9]+ ms")).as("%s", rig.said()).hasSize(1);

      Files.delete(source.resolve("README.md"));
      Files.delete(source.resolve("a:b?.txt"));
      Files.delete(source.resolve("link"));
      rig.awaitState("in-sync");
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(rig.target().resolve("readme.md")).hasContent("lower"));

      assertThatNamesAreRespelled(rig);
    }
  }

  /** By the agent while it runs, and where that was done while it did not run. */
  private static void assertThatNamesAreRespelled(Rig rig) throws Exception {
    Path source = rig.source();
    Files.writeString(Files.createDirectories(source.resolve("Sub/Deep")).resolve("in"), "in");
    Files.writeString(Files.createDirectories(source.resolve("PAIR/sub")).resolve("in"), "in");
    Files.writeString(source.resolve("PAIR/one"), "one");
    awaitNames(rig, "PAIR", "d", "readme.md", "secret", "Sub");
    rig.awaitState("in-sync");
    rig.stopAgent();

    Files.move(source.resolve("d"), source.resolve("D"));
    Files.move(source.resolve("secret"), source.resolve("SECRET"));
    long sent = lines(rig, " [0-9]+ files? \\(").size();
    rig.startAgent();
    awaitNames(rig, "PAIR", "D", "readme.md", "SECRET", "Sub");
    Files.move(source.resolve("Sub/Deep"), source.resolve("Sub/DEEP"));
    Files.move(source.resolve("Sub"), source.resolve("SUB"));
    Files.move(source.resolve("readme.md"), source.resolve("Readme.md"));
    awaitNames(rig, "PAIR", "D", "Readme.md", "SECRET", "SUB");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(names(rig.target().resolve("SUB"))).containsExactly("DEEP"));
    assertThat(rig.target().resolve("SUB/DEEP/in")).hasContent("in");
    assertThat(lines(rig, " [0-9]+ files? \\(")).as("%s", rig.said()).hasSize((int) sent);

    Files.writeString(Files.createDirectory(source.resolve("pair")).resolve("two"), "two");
    rig.awaitState("failing");
    for (String each : List.of("one", "sub/in", "sub", ".")) {
      Files.delete(source.resolve("PAIR").resolve(each).normalize());
    }
    awaitNames(rig, "pair", "D", "Readme.md", "SECRET", "SUB");
    rig.awaitState("in-sync");
    assertThat(names(rig.target().resolve("pair"))).containsExactly("two");
    assertThat(rig.said()).doesNotContain("by somebody else");
  }

  private static void awaitNames(Rig rig, String... names) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(names(rig.target()))
                    .as("%s", rig.said())
                    .containsExactlyInAnyOrder(names));
  }

  private static String connecting(Rig rig) throws IOException, InterruptedException {
    return Tools.run(
        AgentProcess.command(
                AgentProcess.DEEP_QUEUE,
                "-c",
                rig.configuration().toString(),
                "config",
                "check",
                "--connect")
            .toArray(String[]::new));
  }

  private static List<String> names(Path directory) throws IOException {
    try (var all = Files.list(directory)) {
      return all.map(each -> each.getFileName().toString())
          .filter(name -> !name.startsWith(".relais-"))
          .sorted(String.CASE_INSENSITIVE_ORDER)
          .toList();
    }
  }

  private static List<String> lines(Rig rig, String pattern) {
    return rig.said().lines().filter(line -> line.matches(".*" + pattern + ".*")).toList();
  }

  private static void assertThatEachIsTold(Rig rig) {
    rig.awaitState("failing");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(rig.problems("site"))
                    .as("%s", rig.said())
                    .hasSize(3)
                    .anySatisfy(
                        line -> assertThat(line).startsWith("readme.md: ").contains("README.md is"))
                    .anySatisfy(line -> assertThat(line).startsWith("link: ").contains("symlinks"))
                    .anySatisfy(
                        line -> assertThat(line).startsWith("a:b?.txt: ").contains("no : or ?")));
  }
}
