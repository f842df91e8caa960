package io.relais.sync.e2e;

import static io.relais.sync.source.Owned.ALICE;
import static io.relais.sync.source.Owned.BOB;
import static io.relais.sync.source.Owned.ROOT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.sync.source.Owned;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The site's user can't have the agent mirror what only root may read. Runs as root. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class UnsafeSourceTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;
  private Rig rig;
  private Path home;
  private Path site;
  private Path secret;

  @BeforeEach
  void make() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    rig = Rig.in(directory, "links = \"preserve\"");
    home = Owned.directory(directory.resolve("home"), ALICE);
    site = home.resolve("site");
    secret = Owned.directory(directory.resolve("secret"), ROOT, "rwx------");
    Files.writeString(secret.resolve("key"), "of root");
    configure(rig.source().toString(), site.toString());
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private void configure(String from, String to) throws IOException {
    String text = Files.readString(rig.configuration());
    Files.writeString(rig.configuration(), text.replace(from, to));
  }

  /** What a run of the program leaves behind. */
  private record Run(int code, String said) {}

  private Run run(String... arguments) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(AgentProcess.command(AgentProcess.DEEP_QUEUE, arguments))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), said);
  }

  private void assertHalted(Path end, String owner) {
    rig.awaitState("halted");
    assertThat(rig.status("site", "message"))
        .contains("HALTED: the symlink " + site + " belongs to uid 61001")
        .contains("leads to " + end + ", which belongs to " + owner)
        .contains("source_owners");
    await()
        .during(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              assertThat(rig.state()).isEqualTo("halted");
              assertThat(rig.target().resolve("key")).doesNotExist();
            });
  }

  @Test
  void theFirstStartThroughTheirSymlinkHaltsAndGoesOnWithTheKey() throws Exception {
    Path tree = Owned.directory(directory.resolve("tree"), BOB);
    Files.writeString(tree.resolve("index.html"), "of bob");
    Owned.link(site, tree.toString(), ALICE);
    rig.startAgent();
    assertHalted(tree, "uid 61002");
    assertThat(rig.target().resolve("index.html")).doesNotExist();

    String config = rig.configuration().toString();
    String why = "the symlink " + site + " belongs to uid 61001";
    assertThat(run("-c", config, "status"))
        .satisfies(status -> assertThat(status.code()).isEqualTo(6))
        .satisfies(status -> assertThat(status.said()).contains(why));
    for (String[] command : new String[][] {{"--dry-run"}, {"verify"}}) {
      Run said = run("-c", config, command[0]);
      assertThat(said.code()).as(said.said()).isEqualTo(6);
      assertThat(said.said()).contains("site: " + why, "source_owners = [\"61002\"]");
    }
    assertThat(run("-c", config, "config", "check").said())
        .contains("warning: " + why, "source_owners = [\"61002\"]");

    configure("links = ", "source_owners = [\"61002\"]\nlinks = ");
    rig.reload();
    rig.awaitEqual(tree, rig.target(), LIMIT);
    assertThat(run("-c", config, "config", "check").said()).doesNotContain(why);
    assertThat(run("-c", config, "verify").code()).isZero();

    // The key is for bob's directories, and for nobody else's.
    Files.delete(site);
    Owned.link(site, secret.toString(), ALICE);
    assertHalted(secret, "root (uid 0)");
    assertThat(rig.target().resolve("index.html")).exists();
  }

  @Test
  void aLostStateIsNoFirstStartThroughTheirSymlink() throws Exception {
    Owned.directory(site, ALICE);
    Owned.give(Files.writeString(site.resolve("index.html"), "of alice"), ALICE);
    rig.startAgent();
    rig.awaitEqual(site, rig.target(), LIMIT);

    // While it runs.
    Path aside = Files.move(site, home.resolve("aside"));
    Owned.link(site, secret.toString(), ALICE);
    assertHalted(secret, "root (uid 0)");

    // When all that it knew is lost.
    rig.stopAgent();
    MoreFiles.deleteRecursively(directory.resolve("state"), RecursiveDeleteOption.ALLOW_INSECURE);
    rig.startAgent();
    assertHalted(secret, "root (uid 0)");
    assertThat(rig.target().resolve("index.html")).exists();

    // Put right, it goes on by itself.
    Files.delete(site);
    Files.move(aside, site);
    Owned.give(Files.writeString(site.resolve("later"), "x"), ALICE);
    rig.awaitEqual(site, rig.target(), LIMIT);
  }

  @Test
  void aSwitchOfReleasesIsFollowedAndAnEvilOneIsNot() throws Exception {
    for (String release : List.of("one", "two")) {
      Path made = Owned.directory(home.resolve(release), ALICE);
      Files.writeString(made.resolve("index.html"), release);
    }
    Owned.link(site, home.resolve("one").toString(), ALICE);
    rig.startAgent();
    rig.awaitEqual(home.resolve("one"), rig.target(), LIMIT);
    leadTo(secret.toString());
    assertHalted(secret, "root (uid 0)");
    leadTo("one");
    rig.awaitEqual(home.resolve("one"), rig.target(), LIMIT);
  }

  private void leadTo(String text) throws IOException {
    Path next = Owned.link(home.resolve("next"), text, ALICE);
    Files.move(next, site, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void followedSymlinksIntoTheKernelsFilesAreAProblemOfThatPathAlone() throws Exception {
    configure("links = \"preserve\"", "links = \"follow\"");
    Owned.directory(site, ALICE);
    Files.writeString(site.resolve("index.html"), "of alice");
    Owned.link(site.resolve("cmdline"), "/proc/self/cmdline", ALICE);
    Owned.link(site.resolve("root"), "/proc/self/root", ALICE);
    rig.startAgent();
    await().atMost(LIMIT).until(() -> rig.status("site", "failed_paths").equals("2"));
    assertThat(rig.said())
        .contains("cmdline: ", "root: ", "leads to /proc, which is on a file system of the kernel");
    assertThat(rig.target().resolve("index.html")).exists();
    assertThat(Files.exists(rig.target().resolve("cmdline"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(Files.exists(rig.target().resolve("root"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    // JUnit warns of links that lead out of its directory.
    Files.delete(site.resolve("cmdline"));
    Files.delete(site.resolve("root"));
  }

  /** In a mount namespace of its own: the system's setting stays as it is. */
  @Test
  void warnsWhereHardLinksAreNotProtected() throws Exception {
    Owned.directory(site, ALICE);
    Path zero = Files.writeString(directory.resolve("zero"), "0\n");
    String check =
        "mount --bind %s /proc/sys/fs/protected_hardlinks && exec \"$@\"".formatted(zero);
    String config = rig.configuration().toString();
    assertThat(firstWarning(check, "-c", config, "config", "check"))
        .contains("warning: fs.protected_hardlinks is 0");
    assertThat(firstWarning(check, "-c", config)).contains("WARN fs.protected_hardlinks is 0");
  }

  /** The first line that tells of hard links, of the program run by a shell's command. */
  private static String firstWarning(String shell, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", shell, "sh"));
    command.addAll(AgentProcess.command(AgentProcess.DEEP_QUEUE, arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      return lines.lines().filter(line -> line.contains("hardlinks")).findFirst().orElse("");
    } finally {
      process.destroyForcibly();
    }
  }
}
