package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A backup went live, was edited, and what changed there comes back to production. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ReturnTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init")
  private Rig rig;

  @AfterEach
  void end() {
    rig.close();
  }

  private DamageTest.Ran run(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-c", rig.configuration().toString()));
    all.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(
                AgentProcess.command(AgentProcess.DEEP_QUEUE, all.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new DamageTest.Ran(process.waitFor(), said);
  }

  /** As the backup's web server does: its own account, which the agent's may not be. */
  private void upload(String path, String content) throws IOException {
    Path file = rig.target().resolve(path);
    Files.writeString(file, content);
    Files.setAttribute(file, "unix:uid", 33);
  }

  @Test
  void bringsTheEditsBackAndQuarantinesWhatIsLeft() throws Exception {
    rig = Rig.in(directory, "");
    for (String name : new String[] {"index.html", "page.html", "old.html", "uploads/first"}) {
      Path file = rig.source().resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "of production: " + name);
    }
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    rig.stopAgent();

    Path record = rig.bed().data().resolve(PromotionFile.fileName("site"));
    Files.write(
        record,
        PromotionFile.toBytes(
            new Promotion("20261123T040000Z-1f3a", 1, Instant.now(), "198.51.100.7", "down")));
    Files.setAttribute(record, "unix:mode", 0644);
    upload("uploads/second", "made at the backup");
    upload("index.html", "edited at the backup");
    upload("page.html", "edited at the backup");
    Files.writeString(rig.source().resolve("page.html"), "edited at production as well");
    Files.delete(rig.target().resolve("old.html"));
    Files.createSymbolicLink(rig.target().resolve("planted"), Path.of("/etc/passwd"));

    DamageTest.Ran listed = run("pull", "site", "--since-promotion");
    assertThat(listed.code()).as("%s", listed).isEqualTo(1);
    assertThat(listed.said()).contains("2 new, 1 edited, 1 deleted, and 1 conflict");
    assertThat(rig.source().resolve("uploads/second")).doesNotExist();

    DamageTest.Ran done =
        run("pull", "site", "--since-promotion", "--apply", "--deletes", "--conflicts=production");
    assertThat(done.code()).as("%s", done).isZero();
    assertThat(rig.source().resolve("uploads/second")).hasContent("made at the backup");
    assertThat(rig.source().resolve("index.html")).hasContent("edited at the backup");
    assertThat(rig.source().resolve("page.html")).hasContent("edited at production as well");
    assertThat(rig.source().resolve("old.html")).doesNotExist();
    assertThat(Files.isSymbolicLink(rig.source().resolve("planted"))).isFalse();
    assertThat(
            ReturnRecordFile.read(rig.bed().data().resolve(ReturnRecordFile.fileName("site")))
                .conflicts())
        .isEqualTo(1);

    // As the watcher's return does at its end; a visitor is a little later still.
    Files.delete(record);
    upload("uploads/late", "made after that");
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(rig.target().resolve("uploads/second")).hasContent("made at the backup");
    assertThat(rig.target().resolve("uploads/late")).doesNotExist();

    DamageTest.Ran quarantined = run("quarantine", "list", "site");
    assertThat(quarantined.code()).as("%s", quarantined).isZero();
    assertThat(quarantined.said())
        .containsPattern("\\d{8}T\\d{6}Z/uploads/late")
        .contains("planted");
    String late =
        quarantined
            .said()
            .lines()
            .filter(line -> line.contains("late"))
            .map(line -> line.split(" ")[0])
            .findFirst()
            .orElseThrow();
    DamageTest.Ran restored = run("quarantine", "restore", "site", late);
    assertThat(restored.code()).as("%s", restored).isZero();
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(rig.target().resolve("uploads/late")).hasContent("made after that"));
  }

  /** In a chroot's own root nothing can be made beside the copy: as before, and it is said. */
  @Test
  void deletesWhereThereCanBeNoQuarantine() throws Exception {
    rig = Rig.in(directory, "");
    Files.writeString(
        rig.configuration(),
        Files.readString(rig.configuration()).replace("backup:/data/site", "backup:/data"));
    Files.writeString(rig.source().resolve("page"), "x");
    rig.startAgent();
    rig.awaitEqual(rig.source(), rig.bed().data(), LIMIT);
    rig.stopAgent();
    Files.writeString(rig.bed().data().resolve("foreign"), "x");
    rig.startAgent();
    rig.awaitEqual(rig.source(), rig.bed().data(), LIMIT);
    assertThat(rig.bed().data().resolve("foreign")).doesNotExist();
    assertThat(rig.said()).containsOnlyOnce("there can be no quarantine beside the copy");
  }
}
