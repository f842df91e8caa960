package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The source is a symlink to a release, as deployment tools have it. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class DeployTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PAGES = 150;

  @TempDir Path directory;
  private Rig rig;

  @BeforeEach
  void start() throws Exception {
    rig = Rig.in(directory, "");
    Files.delete(rig.source());
    release("1", PAGES);
    Tools.run("ln", "-s", release("1"), rig.source().toString());
    rig.startAgent();
    awaitEqual("1");
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private String release(String name) {
    return directory.resolve("releases").resolve(name).toString();
  }

  private Path release(String name, int pages) throws IOException {
    Path release = Files.createDirectories(Path.of(release(name)));
    for (int i = 0; i < pages; i++) {
      Files.writeString(release.resolve("page" + i), "page %d of release %s".formatted(i, name));
    }
    return Files.writeString(release.resolve("version"), name);
  }

  private void awaitEqual(String name) {
    rig.awaitEqual(Path.of(release(name)), rig.target(), LIMIT);
  }

  private void awaitRelease(String name) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(rig.target().resolve("version")).as("%s", rig.said()).hasContent(name));
    awaitEqual(name);
    assertThat(rig.said()).doesNotContain("HALTED");
  }

  @Test
  void aSwitchToAnotherReleaseIsMirroredAtOnceHoweverItIsDone() throws Exception {
    for (String name : new String[] {"2", "3", "4", "5"}) {
      release(name, PAGES);
    }
    String current = rig.source().toString();
    Tools.run("ln", "-sfn", release("2"), current);
    awaitRelease("2");
    String next = directory.resolve("next").toString();
    Tools.run("ln", "-s", "releases/3", next); // a relative one, put in place at once
    Tools.run("mv", "-T", next, current);
    awaitRelease("3");
    Tools.run("ln", "-sfn", release("4"), current);
    Tools.run("ln", "-sfn", release("5"), current);
    awaitRelease("5");
    Tools.run("ln", "-sfn", release("2"), current); // rolled back
    awaitRelease("2");
    Files.writeString(Path.of(release("2"), "later"), "written in the release");
    awaitEqual("2");
  }

  @Test
  void aSwitchToAReleaseThatIsNearlyEmptyDeletesNothing() throws Exception {
    release("2", 3);
    Tools.run("ln", "-sfn", release("2"), rig.source().toString());
    rig.awaitState("halted");
    assertThat(rig.status("site", "message")).contains("147 of 151 entries would be deleted");
    assertThat(Listing.of(rig.target())).hasSizeGreaterThan(PAGES);

    Tools.run("ln", "-sfn", release("1"), rig.source().toString());
    awaitEqual("1");
    assertThat(rig.target().resolve("version")).hasContent("1");
  }

  @Test
  void anotherOwnersDirectoryOrAnotherOneOfTheSameNameHalts() throws Exception {
    release("2", PAGES);
    Tools.run("chown", "-R", "61002", release("2"));
    Tools.run("ln", "-sfn", release("2"), rig.source().toString());
    rig.awaitState("halted");
    assertThat(rig.status("site", "message")).contains("is not the one it was");
    assertThat(rig.target().resolve("version")).hasContent("1");

    Tools.run("ln", "-sfn", release("1"), rig.source().toString());
    awaitEqual("1");
    release("3", PAGES);
    Tools.run("mv", release("1"), release("old"));
    Tools.run("mv", release("3"), release("1"));
    rig.awaitState("halted");
    assertThat(rig.status("site", "message")).contains("is not the one it was");
    assertThat(rig.target().resolve("version")).hasContent("1");
  }
}
