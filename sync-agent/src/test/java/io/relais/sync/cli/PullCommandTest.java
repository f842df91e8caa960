package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.ExitCode;
import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, with a backup that went live after the agent had mirrored everything. */
@SuppressWarnings("NullAway.Init")
final class PullCommandTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private Embedded program;

  @BeforeEach
  void mirrorAndPromote() throws Exception {
    program = new Embedded(directory);
    program.configure("exclude = [\"/cache/\"]\n");
    write(program.source.resolve("index.html"), "of production");
    write(program.source.resolve("page.html"), "of production");
    write(program.source.resolve("old.html"), "of production");
    Process agent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "-c",
                program.config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    try {
      await().atMost(LIMIT).until(() -> program.run("status").out().contains("in sync"));
    } finally {
      agent.destroy();
      assertThat(agent.waitFor()).isZero();
    }
    Promotion promotion =
        new Promotion("20261123T040000Z-1f3a", 1, Instant.now(), "198.51.100.7", "it is down");
    Files.write(
        program.copy.resolveSibling(PromotionFile.fileName("site")),
        PromotionFile.toBytes(promotion));
  }

  @AfterEach
  void stop() throws IOException {
    program.close();
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void changeTheBackup() throws IOException {
    write(program.copy.resolve("uploads/new.jpg"), "a picture");
    write(program.copy.resolve("cache/page"), "what the source excludes");
    write(program.copy.resolve("index.html"), "edited at the backup");
    Files.setPosixFilePermissions(
        program.copy.resolve("index.html"), PosixFilePermissions.fromString("rw-rw-r--"));
    write(program.copy.resolve("page.html"), "edited at the backup");
    write(program.source.resolve("page.html"), "edited at production too");
    Files.delete(program.copy.resolve("old.html"));
  }

  private Embedded.Result pull(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "pull";
    all[1] = "site";
    all[2] = "--since-promotion";
    System.arraycopy(more, 0, all, 3, more.length);
    return program.run(all);
  }

  @Test
  void listsFirstAndChangesNothing() throws IOException {
    changeTheBackup();

    Embedded.Result listed = pull();

    assertThat(listed.err()).isEmpty();
    assertThat(listed.code()).isEqualTo(ExitCode.DIFFERENCES.code());
    assertThat(listed.out())
        .contains("the backup went live at", "it is down")
        .containsPattern("new +uploads/new.jpg +\\(9 bytes")
        .containsPattern("edited +index.html")
        .containsPattern("edited +page.html .*CONFLICT: changed at production too")
        .containsPattern("deleted +old.html")
        .contains("2 new, 1 edited, 1 deleted, and 1 conflict")
        .contains("pull site --since-promotion --apply")
        .doesNotContain("cache");
    assertThat(program.source.resolve("uploads")).doesNotExist();
    assertThat(program.source.resolve("index.html")).hasContent("of production");
  }

  @Test
  void bringsBackWhatIsChosenAndThenSettles() throws IOException {
    changeTheBackup();

    Embedded.Result first = pull("--apply", "uploads");
    assertThat(first.code()).as("%s", first).isEqualTo(ExitCode.DIFFERENCES.code());
    assertThat(program.source.resolve("uploads/new.jpg")).hasContent("a picture");
    assertThat(program.source.resolve("index.html")).hasContent("of production");

    Embedded.Result rest = pull("--apply", "--deletes", "--conflicts=both");
    assertThat(rest.code()).as("%s", rest).isEqualTo(ExitCode.OK.code());
    assertThat(program.source.resolve("index.html")).hasContent("edited at the backup");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(program.source.resolve("index.html"))))
        .isEqualTo("rw-rw-r--");
    assertThat(program.source.resolve("page.html")).hasContent("edited at production too");
    assertThat(program.source.resolve("old.html")).doesNotExist();
    try (var all = Files.list(program.source)) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .anyMatch(name -> name.matches("page\\.from-backup-\\d{8}T\\d{6}Z\\.html"))
          .noneMatch(name -> name.startsWith(".relais-") || name.equals("cache"));
    }
    try (var kept = Files.walk(program.state.resolve("returned/site"))) {
      assertThat(kept.filter(Files::isRegularFile).map(path -> path.getFileName().toString()))
          .contains("index.html", "old.html", "settled.json")
          .doesNotContain("page.html");
    }
    var settled =
        ReturnRecordFile.read(program.copy.resolveSibling(ReturnRecordFile.fileName("site")));
    assertThat(settled.promotionId()).isEqualTo("20261123T040000Z-1f3a");
    assertThat(settled.newFiles()).isEqualTo(2);
    assertThat(settled.edited()).isEqualTo(1);
    assertThat(settled.deleted()).isEqualTo(1);
    assertThat(settled.conflicts()).isEqualTo(1);

    Embedded.Result again = pull("--apply", "--deletes", "--conflicts=both");
    assertThat(again.code()).as("%s", again).isEqualTo(ExitCode.OK.code());
    assertThat(again.out()).contains("0 new, 0 edited, 0 deleted").doesNotContain("brought back");
    // The agent has nothing to send but what production alone has.
    assertThat(program.run("verify", "--no-repair").out()).doesNotContain("new.jpg", "old.html");
  }

  /** The service's state directory is its own user's; the command is run by root. */
  @Test
  void worksInTheStateDirectoryOfTheService() throws Exception {
    changeTheBackup();
    assertThat(
            new ProcessBuilder("chown", "-R", "65534", program.state.toString()).start().waitFor())
        .isZero();

    Embedded.Result done = pull("--apply", "--deletes", "--conflicts=backup");

    assertThat(done.code()).as("%s", done).isEqualTo(ExitCode.OK.code());
    assertThat(program.source.resolve("page.html")).hasContent("edited at the backup");
    assertThat(Files.getAttribute(program.state.resolve("returned/site"), "unix:uid"))
        .isEqualTo(65534);
  }

  /** It could lead root to write anywhere. */
  @Test
  void followsNoSymlinkInTheStateDirectoryOfTheService() throws Exception {
    changeTheBackup();
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createSymbolicLink(program.state.resolve("returned"), elsewhere);

    Embedded.Result refused = pull("--apply");

    assertThat(refused.code()).as("%s", refused).isEqualTo(ExitCode.PARTIAL.code());
    assertThat(elsewhere).isEmptyDirectory();
    assertThat(program.source.resolve("uploads")).doesNotExist();
  }

  @Test
  void keepsTheBackupsVersionsInADirectoryInstead() throws IOException {
    changeTheBackup();
    Path kept = Files.createDirectory(directory.resolve("kept"));
    Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rwx------"));

    Embedded.Result done = pull("--to", kept.toString());

    assertThat(done.code()).as("%s", done).isEqualTo(ExitCode.OK.code());
    assertThat(program.source.resolve("uploads")).doesNotExist();
    assertThat(program.source.resolve("old.html")).hasContent("of production");
    try (var all = Files.walk(kept)) {
      assertThat(all.filter(Files::isRegularFile).map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("new.jpg", "index.html", "page.html");
    }
  }

  @Test
  void tellsInJson() throws IOException {
    changeTheBackup();

    Embedded.Result listed = pull("--json");

    assertThat(listed.out().lines()).allMatch(line -> line.startsWith("{"));
    assertThat(listed.out())
        .contains("\"change\":\"deleted\",\"conflict\":false,\"path\":\"old.html\"")
        .contains("\"conflicts\":1");
  }

  @Test
  void hasNothingToDoWithoutAPromotion() throws IOException {
    Files.delete(program.copy.resolveSibling(PromotionFile.fileName("site")));

    Embedded.Result nothing = pull("--apply");

    assertThat(nothing.code()).isEqualTo(ExitCode.OK.code());
    assertThat(nothing.out()).contains("no promotion record");
  }

  @Test
  void refusesARecordWithAnIdThatLeadsElsewhere() throws IOException {
    Promotion promotion = new Promotion("../../x", 1, Instant.now(), "198.51.100.7", "x");
    Files.write(
        program.copy.resolveSibling(PromotionFile.fileName("site")),
        PromotionFile.toBytes(promotion));

    Embedded.Result refused = pull("--apply");

    assertThat(refused.code()).isEqualTo(ExitCode.PARTIAL.code());
    assertThat(refused.err()).contains("has no valid id");
    assertThat(new String(PromotionFile.toBytes(promotion), UTF_8)).contains("../../x");
  }
}
