package io.relais.sync.pull;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.sync.pull.ReturnChoices.ConflictRule;
import io.relais.sync.pull.ReturnExecutor.ReturnOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy and a production that other accounts have prepared. */
@SuppressWarnings("NullAway.Init")
final class ReturnExecutorTest {
  private static final long SINCE = ReturnRig.PROMOTED.getEpochSecond() + 1;

  @TempDir private Path directory;

  private ReturnRig rig;

  @BeforeEach
  void mirror() throws IOException {
    rig = new ReturnRig(directory);
    ReturnRig.write(rig.production.resolve("d/page"), "of production", SINCE - 1000);
    ReturnRig.write(rig.production.resolve("e/page"), "of production", SINCE - 1000);
    rig.mirror();
  }

  private ReturnOutcome apply() throws IOException {
    return rig.apply(ReturnRig.choices(true, ConflictRule.BACKUP));
  }

  @Test
  void writesNothingThroughASymlinkAtProduction() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.delete(rig.production.resolve("d/page"));
    Files.delete(rig.production.resolve("d"));
    Files.createSymbolicLink(rig.production.resolve("d"), outside);
    ReturnRig.write(rig.copy.resolve("d/new"), "x", SINCE);

    ReturnOutcome outcome = apply();

    assertThat(outside).isEmptyDirectory();
    assertThat(outcome.kept()).anyMatch(each -> each.path().toString().equals("d/new"));
    assertThat(rig.fromBackup.resolve("d/new")).hasContent("x");
  }

  /** A symlink that is replaced by a file is kept as one, and what it leads to stays. */
  @Test
  void replacesASymlinkItself() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    Files.delete(rig.production.resolve("d/page"));
    Files.createSymbolicLink(rig.production.resolve("d/page"), secret);
    ReturnRig.write(rig.copy.resolve("d/page"), "of the backup", SINCE);

    var _ = apply();

    assertThat(secret).hasContent("secret");
    assertThat(rig.production.resolve("d/page")).isRegularFile().hasContent("of the backup");
    assertThat(Files.readSymbolicLink(rig.fromProduction.resolve("d/page"))).isEqualTo(secret);
  }

  @Test
  void makesNoSymlinkThatLeadsOut() throws IOException {
    Files.createSymbolicLink(rig.copy.resolve("shadow"), Path.of("/etc/shadow"));
    Files.createSymbolicLink(rig.copy.resolve("d/up"), Path.of("../../x"));
    Files.createSymbolicLink(rig.copy.resolve("d/inside"), Path.of("../e/page"));

    ReturnOutcome outcome = apply();

    assertThat(rig.production.resolve("shadow")).doesNotExist();
    assertThat(Files.exists(rig.production.resolve("d/up"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(rig.production.resolve("d/inside")).isSymbolicLink().hasContent("of production");
    assertThat(outcome.kept()).hasSize(2);
    assertThat(Files.readSymbolicLink(rig.fromBackup.resolve("shadow")))
        .isEqualTo(Path.of("/etc/shadow"));
  }

  @Test
  void leavesOutSetUidAndSpecialFiles() throws Exception {
    ReturnRig.write(rig.copy.resolve("d/tool"), "x", SINCE);
    Files.setAttribute(rig.copy.resolve("d/tool"), "unix:mode", 06755);
    assertThat(new ProcessBuilder("mkfifo", rig.copy.resolve("pipe").toString()).start().waitFor())
        .isZero();

    ReturnScanResult found = rig.scan();
    var _ = apply();

    assertThat(found.skipped())
        .singleElement()
        .satisfies(each -> assertThat(each.path().toString()).isEqualTo("pipe"));
    assertThat((Integer) Files.getAttribute(rig.production.resolve("d/tool"), "unix:mode") & 07777)
        .isEqualTo(0755);
    assertThat(apply().left()).isZero();
  }

  @Test
  void givesNewFilesToTheOwnerOfTheirDirectoryAndReplacedOnesTheirOwn() throws IOException {
    Files.setAttribute(rig.production.resolve("d"), "unix:uid", 33);
    Files.setAttribute(rig.production.resolve("d"), "unix:gid", 34);
    Files.setAttribute(rig.production.resolve("e/page"), "unix:uid", 35);
    ReturnRig.write(rig.copy.resolve("d/sub/new"), "x", SINCE);
    ReturnRig.write(rig.copy.resolve("e/page"), "x", SINCE);

    var _ = apply();

    for (String made : new String[] {"d/sub", "d/sub/new"}) {
      assertThat(Files.getAttribute(rig.production.resolve(made), "unix:uid")).isEqualTo(33);
      assertThat(Files.getAttribute(rig.production.resolve(made), "unix:gid")).isEqualTo(34);
    }
    assertThat(Files.getAttribute(rig.production.resolve("e/page"), "unix:uid")).isEqualTo(35);
    assertThat(Files.getAttribute(rig.fromProduction.resolve("e/page"), "unix:uid")).isEqualTo(35);
  }

  @Test
  void takesNothingOfAFileThatChangesWhileItIsRead() throws IOException {
    ReturnRig.write(rig.copy.resolve("d/page"), "of the backup", SINCE);
    try (DirectoryTarget target = new DirectoryTarget(rig.copy)) {
      ReturnScanResult found = rig.scan(target);
      target.whileRead =
          () -> {
            try {
              Files.writeString(rig.copy.resolve("d/page"), "changed again");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          };

      ReturnOutcome outcome =
          rig.apply(target, ReturnRig.choices(true, ConflictRule.BACKUP), found);

      assertThat(outcome.problems())
          .singleElement()
          .satisfies(
              each ->
                  assertThat(each.message()).contains("changed at the backup while it was read"));
    }
    assertThat(rig.production.resolve("d/page")).hasContent("of production");
    assertThat(ReturnRig.tree(rig.production).keySet()).noneMatch(name -> name.contains("relais"));
  }

  /** A directory at the copy is exchanged for a symlink between the listing and the read. */
  @Test
  void readsNothingThroughASymlinkAtTheCopy() throws IOException {
    ReturnRig.write(rig.copy.resolve("d/new"), "of the site", SINCE);
    Path secret = Files.createDirectory(directory.resolve("secret"));
    ReturnRig.write(secret.resolve("new"), "of another", SINCE);
    try (DirectoryTarget target = new DirectoryTarget(rig.copy)) {
      ReturnScanResult found = rig.scan(target);
      Files.move(rig.copy.resolve("d"), directory.resolve("away"));
      Files.createSymbolicLink(rig.copy.resolve("d"), secret);

      ReturnOutcome outcome =
          rig.apply(target, ReturnRig.choices(false, ConflictRule.BACKUP), found);

      assertThat(outcome.problems()).isNotEmpty();
    }
    assertThat(rig.production.resolve("d/new")).doesNotExist();
  }

  @Test
  void doesNotOverwriteWhatChangedAtProductionSinceItWasListed() throws IOException {
    ReturnRig.write(rig.copy.resolve("d/page"), "of the backup", SINCE);
    try (DirectoryTarget target = new DirectoryTarget(rig.copy)) {
      ReturnScanResult found = rig.scan(target);
      Files.writeString(rig.production.resolve("d/page"), "saved this moment");

      ReturnOutcome outcome =
          rig.apply(target, ReturnRig.choices(true, ConflictRule.BACKUP), found);

      assertThat(outcome.problems()).hasSize(1);
    }
    assertThat(rig.production.resolve("d/page")).hasContent("saved this moment");
  }

  @Test
  void pullsNothingThatTheSourceExcludes() throws IOException {
    ReturnRig.write(rig.copy.resolve("cache/x"), "x", SINCE);
    ReturnRig.write(rig.copy.resolve("d/x.tmp"), "x", SINCE);

    assertThat(rig.scan("/cache/", "*.tmp").changes()).isEmpty();
    assertThat(rig.scan().changes()).hasSize(3);
  }

  /** A database is open at production: its file can't be exchanged under it. */
  @Test
  void onlyKeepsDatabases() throws IOException {
    ReturnRig.write(rig.copy.resolve("d/page"), "of the backup", SINCE);
    ReturnChoices choices =
        new ReturnChoices(
            ImmutableList.of(),
            true,
            ConflictRule.BACKUP,
            false,
            path -> path.name().equals("page"));

    ReturnOutcome outcome = rig.apply(choices);

    assertThat(outcome.kept()).hasSize(1);
    assertThat(rig.production.resolve("d/page")).hasContent("of production");
    assertThat(rig.fromBackup.resolve("d/page")).hasContent("of the backup");
  }

  @Test
  void bringsBackAModeAlone() throws IOException {
    Files.setPosixFilePermissions(
        rig.copy.resolve("d/page"), PosixFilePermissions.fromString("rwxr-x---"));

    var _ = apply();

    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(rig.production.resolve("d/page"))))
        .isEqualTo("rwxr-x---");
    assertThat(rig.production.resolve("d/page")).hasContent("of production");
  }

  /** In 20,000 entries there is one that counts. */
  @Test
  void findsOneAmongVeryMany() throws IOException {
    for (int i = 0; i < 20_000; i++) {
      Files.createFile(rig.copy.resolve("e/many" + i));
    }
    assertThat(rig.scan("many*").changes()).isEmpty();
    assertThat(rig.scan().changes()).hasSize(20_000);
  }
}
