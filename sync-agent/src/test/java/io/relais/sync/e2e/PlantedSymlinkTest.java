package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Somebody at the backup puts a symlink in the place of a directory or file of the mirror, which
 * leads out of it. What changes at the source then changes nothing out there; and the mirror puts
 * its directory back.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class PlantedSymlinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @TempDir Path directory;

  /** Something that a site's user does in a directory {@code d} with two files and a directory. */
  private interface Action {
    void in(Path d) throws IOException;
  }

  private static Map<String, Action> actions() {
    Map<String, Action> actions = new LinkedHashMap<>();
    actions.put("new-file", d -> Files.writeString(d.resolve("new"), "new"));
    actions.put("large-file", d -> Files.write(d.resolve("large"), new byte[300_000]));
    actions.put("save", d -> Files.writeString(d.resolve("one"), "other content"));
    actions.put("delete", d -> Files.delete(d.resolve("one")));
    actions.put("delete-directory", d -> Files.delete(d.resolve("sub")));
    actions.put("file-mode", d -> mode(d.resolve("two"), "rw-rw-rw-"));
    actions.put("directory-mode", d -> mode(d.resolve("sub"), "rwxrwxrwx"));
    actions.put("own-mode", d -> mode(d, "rwxrwxrwx"));
    actions.put("new-directory", d -> Files.createDirectory(d.resolve("made")));
    actions.put("new-symlink", d -> Files.createSymbolicLink(d.resolve("link"), Path.of("one")));
    actions.put("rename", d -> Files.move(d.resolve("one"), d.resolve("renamed")));
    return actions;
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static Path fill(Path d) throws IOException {
    Files.createDirectories(d.resolve("sub"));
    Files.writeString(d.resolve("one"), "must stay as it is");
    Files.writeString(d.resolve("two"), "must stay as it is");
    mode(d.resolve("two"), "rw-------");
    return d;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingChangesWhereAPlantedSymlinkLeads(boolean shell) throws Exception {
    try (Rig rig = Rig.in(directory, "")) {
      if (shell) {
        rig.mirrorToShellAccount();
      }
      OpenSshBed bed = rig.bed();
      Path owned = shell ? bed.shellData() : bed.data();
      for (String name : actions().keySet()) {
        fill(rig.source().resolve("site/" + name));
        fill(owned.resolve("outside/" + name));
      }
      for (int i = 0; i < 100; i++) {
        Files.writeString(rig.source().resolve("page" + i), "page");
      }
      bed.giveToOwnerOf(owned, owned.resolve("outside"));
      rig.startAgent();
      rig.awaitEqual(LIMIT);
      Map<String, String> before = Listing.of(owned.resolve("outside"));

      for (Map.Entry<String, Action> each : actions().entrySet()) {
        Path planted = rig.target().resolve("site/" + each.getKey());
        Files.move(planted, directory.resolve("was-" + each.getKey()));
        Files.createSymbolicLink(planted, Path.of("../../outside/" + each.getKey()));
        each.getValue().in(rig.source().resolve("site/" + each.getKey()));
      }
      rig.awaitEqual(LIMIT);

      assertThat(Listing.of(owned.resolve("outside"))).as("%s", rig.said()).isEqualTo(before);
    }
  }

  /** What is to be replaced can't be listed then: that is tried again, but not at once for ever. */
  @Test
  void aPlantedSymlinkThatLeadsNowhereIsReplacedWithoutHaste() throws Exception {
    try (Rig rig = Rig.in(directory, "")) {
      Path q = Files.createDirectories(rig.source().resolve("p/q"));
      Files.writeString(q.resolve("file"), "x");
      rig.startAgent();
      rig.awaitEqual(LIMIT);

      Path planted = rig.target().resolve("p");
      Files.move(planted, directory.resolve("was"));
      Files.createSymbolicLink(planted, Path.of("nowhere"));
      Files.delete(q.resolve("file"));
      Files.delete(q);
      Files.createSymbolicLink(q, Path.of("somewhere"));
      rig.awaitEqual(LIMIT);

      assertThat(rig.said().lines().filter(line -> line.contains("paths that failed")).count())
          .as("%s", rig.said())
          .isLessThan(10);
    }
  }

  /** It is moved along with the directory's name, and then replaced. */
  @Test
  void aPlantedSymlinkIsNotTakenForTheDirectoryThatIsRenamed() throws Exception {
    try (Rig rig = Rig.in(directory, "")) {
      fill(rig.source().resolve("d"));
      Files.createDirectories(rig.bed().data().resolve("outside"));
      rig.startAgent();
      rig.awaitEqual(LIMIT);

      Path planted = rig.target().resolve("d");
      Files.move(planted, directory.resolve("was"));
      Files.createSymbolicLink(planted, Path.of("../outside"));
      Files.move(rig.source().resolve("d"), rig.source().resolve("e"));
      rig.awaitEqual(LIMIT);
    }
  }

  /** In the place of the file itself: its mode and time would go through it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingChangesWhereAPlantedFileLeads(boolean shell) throws Exception {
    try (Rig rig = Rig.in(directory, "")) {
      if (shell) {
        rig.mirrorToShellAccount();
      }
      Path owned = shell ? rig.bed().shellData() : rig.bed().data();
      Path d = fill(rig.source().resolve("d"));
      Path outside = fill(owned.resolve("outside"));
      rig.bed().giveToOwnerOf(owned, outside);
      rig.startAgent();
      rig.awaitEqual(LIMIT);
      Map<String, String> before = Listing.of(outside);

      Path planted = rig.target().resolve("d/two");
      Files.delete(planted);
      Files.createSymbolicLink(planted, Path.of("../../outside/two"));
      mode(d.resolve("two"), "rw-rw-rw-");
      rig.awaitEqual(LIMIT);

      assertThat(Listing.of(outside)).as("%s", rig.said()).isEqualTo(before);
    }
  }
}
