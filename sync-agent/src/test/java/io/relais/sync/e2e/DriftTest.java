package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What somebody changes at the backup is told, and what is wanted is done about it. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class DriftTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init")
  private Rig rig;

  @AfterEach
  void end() {
    rig.close();
  }

  private void start(String options) throws IOException {
    rig = Rig.in(directory, options);
    for (String name : new String[] {"changed", "missing", "mode", "link", "fine", "d/below"}) {
      Path file = rig.source().resolve(name);
      MoreFiles.createParentDirectories(file);
      Files.writeString(file, "content of " + name);
    }
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).doesNotContain("WARN");
  }

  private void meddle() throws IOException {
    Path copy = rig.target();
    Files.writeString(copy.resolve("changed"), "something else");
    Files.delete(copy.resolve("missing"));
    Files.setPosixFilePermissions(
        copy.resolve("mode"), PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.delete(copy.resolve("link"));
    Files.createSymbolicLink(copy.resolve("link"), Path.of("fine"));
    Files.writeString(copy.resolve("d/added"), "x");
    Files.createDirectories(copy.resolve("more/of/it"));
    Object account = Files.getAttribute(copy, "unix:uid");
    for (String made : new String[] {"more", "more/of", "more/of/it"}) {
      Files.setAttribute(copy.resolve(made), "unix:uid", account);
    }
    Files.delete(copy.resolve("d/below"));
  }

  @Test
  void isToldAndRepaired() throws Exception {
    start("");
    meddle();
    DamageTest.Ran ran = DamageTest.verify(rig);
    assertThat(ran.code()).as("%s", ran).isEqualTo(1);
    assertThat(ran.said())
        .contains("the running agent compares everything and repairs it")
        .doesNotContain("in sync");
    rig.awaitEqual(LIMIT);
    assertThat(rig.said())
        .contains(
            "changed: it was changed at the target by somebody else; it is sent again",
            "missing: it was removed at the target by somebody else; it is sent again",
            "mode: its mode was changed at the target by somebody else; its mode is set back",
            "link: something else was put in its place at the target; it is sent again",
            "d/added: it was added at the target, or excluded until now; it is removed",
            "d/below: it was removed at the target by somebody else; it is sent again",
            "more: it was added at the target, or excluded until now; it is removed")
        .doesNotContain("more/of", "fine: ");
    assertThat(rig.status("site", "drifted")).isEqualTo("7");

    // Nothing of our own is taken for it: neither after a stop nor after a crash.
    for (int i = 0; i < 300; i++) {
      Files.writeString(rig.source().resolve("d/new" + i), "x");
    }
    await().until(() -> Files.exists(rig.target().resolve("d/new3")));
    rig.killAgent();
    Files.writeString(rig.source().resolve("changed"), "by the source");
    long told = told();
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(told()).as("%s", rig.said()).isEqualTo(told);
    await().until(() -> rig.status("site", "drifted").equals("0"));
  }

  private long told() {
    return rig.said().lines().filter(line -> line.contains("at the target")).count();
  }

  /** The time of a directory moves with what is done in it. */
  private Map<String, String> entries() throws IOException {
    Map<String, String> entries = new TreeMap<>(Listing.of(rig.target()));
    entries.replaceAll((_, line) -> line.startsWith("mode 16877 ") ? "a directory" : line);
    return entries;
  }

  @Test
  void isLeftAloneWhereThatIsWanted() throws Exception {
    start("drift = \"report\"");
    meddle();
    Map<String, String> meddled = entries();
    DamageTest.verify(rig);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(rig.problems("site"))
                    .as("%s", rig.said())
                    .hasSize(7)
                    .contains(
                        "changed: it was changed at the target by somebody else; it is left as it"
                            + " is (drift = \"report\")"));
    assertThat(entries()).isEqualTo(meddled);
    // A change of the source is mirrored all the same, and the rest goes on.
    Files.writeString(rig.source().resolve("changed"), "by the source");
    Files.writeString(rig.source().resolve("d/another"), "by the source");
    await().atMost(LIMIT).until(() -> Files.exists(rig.target().resolve("d/another")));
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(rig.problems("site")).as("%s", rig.said()).hasSize(6));
    assertThat(rig.target().resolve("changed")).hasContent("by the source");
    assertThat(rig.target().resolve("missing")).doesNotExist();
    assertThat(rig.target().resolve("d/added")).exists();
  }

  /** Of so few files the first is read back within seconds of the start. */
  @Test
  void damageThatNobodyLooksForIsFoundByTheChecksumScan() throws Exception {
    start("checksum_scan = \"1h\"");
    Path copy = rig.target().resolve("changed");
    FileTime time = Files.getLastModifiedTime(copy);
    Files.writeString(copy, "CONTENT of changed");
    Files.setLastModifiedTime(copy, time);
    await().atMost(LIMIT).until(() -> rig.said().contains("the checksum scan found 1 file"));
    rig.awaitEqual(LIMIT);
    await().until(() -> rig.status("site", "damaged").equals("1"));
  }

  @Test
  void haltsWhereThatIsWanted() throws Exception {
    start("drift = \"halt\"");
    meddle();
    Map<String, String> meddled = Listing.of(rig.target());
    DamageTest.verify(rig);
    rig.awaitState("halted");
    Files.writeString(rig.source().resolve("new"), "waits");
    assertThat(rig.status("site", "message"))
        .contains("somebody else has changed 7 entries at the target", "changed (changed)");
    assertThat(Listing.of(rig.target())).isEqualTo(meddled);

    String message = rig.status("site", "message");
    String command = message.substring(message.indexOf("run: sync-agent ") + 16);
    Tools.run(
        AgentProcess.command(AgentProcess.DEEP_QUEUE, command.split(" ")).toArray(String[]::new));
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).contains("d/added: it was added at the target");
  }
}
