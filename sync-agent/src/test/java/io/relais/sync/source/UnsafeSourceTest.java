package io.relais.sync.source;

import static io.relais.sync.source.Owned.ALICE;
import static io.relais.sync.source.Owned.BOB;
import static io.relais.sync.source.Owned.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Who may decide where a source's path leads. Runs as root, with directories of other accounts. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
class UnsafeSourceTest {
  private static final int OPENED = Integer.getInteger("relais.sourceRaces", 2_000);
  private static final int REFUSED = OPENED / 20;

  @TempDir Path temporary;

  /** Belongs to root, like all above it; everybody may search it. */
  private Path top;

  /** Of the account whose site is mirrored. */
  private Path home;

  /** Only root may read it. */
  private Path secret;

  @BeforeEach
  void make() throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    top = temporary.toRealPath();
    home = Owned.directory(top.resolve("home"), ALICE);
    secret = Owned.directory(top.resolve("secret"), ROOT, "rwx------");
    Files.writeString(secret.resolve("key"), "of root");
  }

  private static LinuxSourceTree open(Path path, String... owners) throws IOException {
    return LinuxSourceTree.open(
        new SourcePath(path, ImmutableSet.copyOf(owners)), LinkPolicy.PRESERVE);
  }

  private static void assertSafe(Path path, Path end, String... owners) throws IOException {
    try (LinuxSourceTree tree = open(path, owners);
        LinuxSourceTree there = open(end, owners)) {
      assertThat(tree.identity()).isEqualTo(there.identity());
    }
    assertThat(new SourcePath(path, ImmutableSet.copyOf(owners)).find().real()).isEqualTo(end);
  }

  private static UnsafeSourceException refusal(Path path, String... owners) {
    UnsafeSourceException refused =
        catchThrowableOfType(UnsafeSourceException.class, () -> open(path, owners).close());
    assertThat(refused).as("%s must be refused", path).isNotNull();
    return refused;
  }

  @Test
  void aSymlinkOfTheSitesUserToWhatOnlyRootMayReadIsRefused() throws Exception {
    Path site = Owned.link(home.resolve("site"), secret.toString(), ALICE);

    UnsafeSourceException refused = refusal(site);

    assertThat(refused)
        .hasMessageContaining("the symlink " + site + " belongs to uid 61001")
        .hasMessageContaining("leads to " + secret + ", which belongs to root (uid 0)");
    assertThat(refused.remedy())
        .contains("chown -h root '" + site + "'", "source_owners = [\"root\"]");
  }

  /** What an attacker names is pasted by root. */
  @Test
  void theCommandHoldsNoOther() throws Exception {
    Path evil = Owned.link(home.resolve("$(touch x)'`id`"), secret.toString(), ALICE);
    assertThat(refusal(Owned.link(home.resolve("site"), evil.toString(), ALICE)).remedy())
        .contains("(chown -h root $'" + home + "/$(touch\\040x)\\047`id`')");
  }

  @Test
  void whateverWayItTakesThere() throws Exception {
    Path aside = Owned.directory(home.resolve("aside"), ALICE);
    Owned.link(top.resolve("roots-own"), "secret", ROOT);
    String[] texts = {
      "../secret",
      "../../" + top.getFileName() + "/secret",
      "aside/../../secret",
      top + "/roots-own",
      "aside/further"
    };
    Owned.link(aside.resolve("further"), secret.toString(), ALICE);
    for (int i = 0; i < texts.length; i++) {
      Path site = Owned.link(home.resolve("site" + i), texts[i], ALICE);
      assertThat(refusal(site)).as(texts[i]).hasMessageContaining(secret.toString());
    }
  }

  @Test
  void aDirectoryOfTheirsDoesNotLeadToWhatIsRootsEither() throws Exception {
    Path site = Owned.directory(home.resolve("site"), ROOT, "rwx------");
    UnsafeSourceException refused = refusal(site);
    assertThat(refused)
        .hasMessageContaining("the directory " + home + " belongs to uid 61001")
        .hasMessageContaining(site + ", which belongs to root (uid 0)");
    // Not to take their home away from them.
    assertThat(refused.remedy()).contains("below directories of root").doesNotContain("chown");
    refusal(Owned.directory(home.resolve("bobs"), BOB));
  }

  @Test
  void whatLeadsToItsOwnersOwnIsSafe() throws Exception {
    Path site = Owned.directory(top.resolve("site"), ALICE);
    assertSafe(site, site);
    Path inHome = Owned.directory(home.resolve("public_html"), ALICE, "rwx------");
    assertSafe(inHome, inHome);
    // Releases, by a relative symlink and by an absolute one.
    Path releases = Owned.directory(home.resolve("releases"), ALICE);
    Path first = Owned.directory(releases.resolve("1"), ALICE);
    assertSafe(Owned.link(home.resolve("current"), "releases/1", ALICE), first);
    assertSafe(Owned.link(home.resolve("absolute"), first.toString(), ALICE), first);
    // Elsewhere, on a way that everybody may go.
    Path data = Owned.directory(top.resolve("data"), ROOT);
    Path theirs = Owned.directory(data.resolve("theirs"), ALICE);
    assertSafe(Owned.link(home.resolve("data"), "../data/theirs", ALICE), theirs);
  }

  @Test
  void rootMayLeadAnywhere() throws Exception {
    assertSafe(Owned.link(top.resolve("to-secret"), "secret", ROOT), secret);
    assertSafe(Owned.link(top.resolve("home-of"), home.toString(), ROOT), home);
    assertSafe(secret, secret);
  }

  @Test
  void whatIsTheirsInAPlaceWhereTheyMayNotGoIsRefused() throws Exception {
    Path copy = Owned.directory(secret.resolve("copy-of-home"), ALICE);
    assertThat(refusal(Owned.link(home.resolve("site"), copy.toString(), ALICE)))
        .hasMessageContaining("by way of " + secret + ", which belongs to root");
    Path grouped = Owned.directory(top.resolve("grouped"), ROOT, "rwx---r-x");
    Path below = Owned.directory(grouped.resolve("below"), ALICE);
    refusal(Owned.link(home.resolve("other"), below.toString(), ALICE));
  }

  @Test
  void aSymlinkToTheVeryDirectoryThatItLiesInIsAStepToo() throws Exception {
    Path shared = Owned.directory(top.resolve("shared"), ROOT);
    Files.setAttribute(shared, "unix:mode", 01777);
    Path site = Owned.link(shared.resolve("site"), ".", ALICE);
    assertThat(refusal(site)).hasMessageContaining(shared + ", which belongs to root");
    assertSafe(Owned.link(home.resolve("here"), "./.", ALICE), home);
  }

  @Test
  void aDirectoryThatEverybodyMayWriteToIsAnybodys() throws Exception {
    Path shared = Owned.directory(top.resolve("shared"), ROOT, "rwxrwxrwx");
    Path roots = Owned.directory(shared.resolve("site"), ROOT);
    UnsafeSourceException refused = refusal(roots);
    assertThat(refused)
        .hasMessageContaining("everybody may write to the directory " + shared + " (mode 0777)");
    assertThat(refused.remedy()).contains("chmod o-w '" + shared + "'");
    refusal(Owned.directory(shared.resolve("alices"), ALICE));
    assertSafe(roots, roots, "root");

    Files.setAttribute(shared, "unix:mode", 01777);
    assertSafe(roots, roots);
    // As the source itself it may be what it likes.
    Files.setAttribute(roots, "unix:mode", 0777);
    assertSafe(roots, roots);
  }

  @Test
  void aGroupIsTrustedWithTheDirectoryThatItWasGiven() throws Exception {
    Path shared = Owned.directory(top.resolve("shared"), ROOT, "rwxrwxr-x");
    Path site = Owned.directory(shared.resolve("site"), BOB);
    assertSafe(site, site);
  }

  @Test
  void theOperatorCanLetPassWhatAnAccountOwnsAndNothingElse() throws Exception {
    Path tree = Owned.directory(top.resolve("tree"), BOB);
    Path site = Owned.link(home.resolve("site"), tree.toString(), ALICE);
    assertThat(refusal(site).remedy()).contains("source_owners = [\"61002\"]");
    assertSafe(site, tree, "61002");

    Path daemons = Owned.directory(top.resolve("daemons"), 1);
    Path other = Owned.link(home.resolve("other"), daemons.toString(), ALICE);
    assertThat(refusal(other)).hasMessageContaining("which belongs to daemon (uid 1)");
    assertThat(refusal(other).remedy()).contains("source_owners = [\"daemon\"]");
    assertSafe(other, daemons, "daemon");
    assertSafe(other, daemons, "1");

    Path evil = Owned.link(home.resolve("evil"), secret.toString(), ALICE);
    refusal(evil, "61002", "daemon");
    assertSafe(evil, secret, "root");
  }

  @Test
  void whatIsLetPassMayNotLeadOnToOthers() throws Exception {
    Path tree = Owned.directory(top.resolve("tree"), BOB);
    Owned.link(tree.resolve("on"), secret.toString(), BOB);
    Owned.link(tree.resolve("back"), home.toString(), BOB);
    refusal(Owned.link(home.resolve("site"), tree + "/on", ALICE), "61002");
    refusal(Owned.link(home.resolve("other"), tree + "/back", ALICE), "61002");
  }

  @Test
  void whatLeadsNowhereIsMissingUnlessTheWayWasRefusedBefore() throws Exception {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> open(Owned.link(home.resolve("site"), "/nowhere/at/all", ALICE)).close());
    refusal(Owned.link(home.resolve("other"), secret + "/nothing", ALICE));
    Owned.link(home.resolve("x"), "y", ALICE);
    Owned.link(home.resolve("y"), "x", ALICE);
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> open(home.resolve("x")).close());
    Path file = Owned.give(Files.writeString(home.resolve("file"), "x"), ALICE);
    assertThatExceptionOfType(NotDirectoryException.class).isThrownBy(() -> open(file).close());
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> open(file.resolve("below")).close());
  }

  @Test
  void noFileSystemOfTheKernelsOwnThoughItIsTheirs() throws Exception {
    Process theirs =
        new ProcessBuilder("setpriv", "--reuid=" + ALICE, "--clear-groups", "sleep", "60").start();
    try {
      Path process = Path.of("/proc/" + theirs.pid());
      await().until(() -> Files.getAttribute(process, "unix:uid").equals(ALICE));
      Path site = Owned.link(home.resolve("site"), process.toString(), ALICE);
      assertThat(refusal(site)).hasMessageContaining("(proc)");
    } finally {
      theirs.destroyForcibly().waitFor();
    }
  }

  /** The link changes hands between its owner's directory and root's, as fast as it can. */
  @Test
  @Timeout(120)
  void neverEndsAtTheSecretWhileTheSymlinkIsSwitched() throws Exception {
    Path site = Owned.directory(home.resolve("real"), ALICE);
    Path turns = Owned.link(home.resolve("turns"), "real", ALICE);
    race(
        turns,
        site,
        i -> {
          Path next = home.resolve("next");
          Owned.link(next, i % 2 == 0 ? secret.toString() : "real", ALICE);
          Files.move(next, turns, StandardCopyOption.ATOMIC_MOVE);
        });
  }

  /** A directory and a symlink take turns under one name. */
  @Test
  @Timeout(120)
  void neverEndsAtTheSecretWhileADirectoryAndASymlinkTakeTurns() throws Exception {
    Path turns = Owned.directory(home.resolve("turns"), ALICE);
    Path below = Owned.directory(turns.resolve("secret"), ALICE);
    Path aside = home.resolve("aside");
    Path link = home.resolve("link");
    race(
        turns.resolve("secret"),
        below,
        i -> {
          Owned.link(link, top.toString(), ALICE);
          Files.move(turns, aside);
          Files.move(link, turns);
          Files.delete(turns);
          Files.move(aside, turns);
        });
  }

  private interface Turn {
    void take(int i) throws IOException;
  }

  private void race(Path path, Path site, Turn turn) throws Exception {
    RootIdentity allowed;
    try (LinuxSourceTree tree = LinuxSourceTree.open(site, LinkPolicy.PRESERVE)) {
      allowed = tree.identity();
    }
    AtomicBoolean enough = new AtomicBoolean();
    int opened = 0;
    int refused = 0;
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<?> turning =
          executor.submit(
              () -> {
                for (int i = 0; !enough.get(); i++) {
                  turn.take(i);
                }
                return null;
              });
      try {
        // Each with its share, however the two threads happen to take turns.
        while (!turning.isDone() && (opened < OPENED || refused < REFUSED)) {
          try (LinuxSourceTree tree = open(path)) {
            assertThat(tree.identity()).isEqualTo(allowed);
            assertThat(tree.list(RelPath.ROOT)).doesNotContainKey("key");
            opened++;
          } catch (UnsafeSourceException e) {
            refused++;
          } catch (NoSuchFileException e) {
            // Between two turns.
          }
        }
      } finally {
        enough.set(true);
      }
      turning.get();
    }
  }

  @Test
  void noDescriptorIsLeft() throws Exception {
    Path evil = Owned.link(home.resolve("evil"), secret.toString(), ALICE);
    Path site = Owned.link(home.resolve("site"), home.toString(), ALICE);
    refusal(evil);
    long before = descriptors();
    for (int i = 0; i < 50; i++) {
      refusal(evil);
      open(site).close();
      SourcePath.of(site).find();
    }
    assertThat(descriptors()).isLessThan(before + 20);
  }

  private static long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
