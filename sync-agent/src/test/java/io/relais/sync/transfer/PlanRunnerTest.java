package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Lists;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Phase;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order a plan is carried out, and what is left of it where something goes wrong. */
final class PlanRunnerTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_500_000_000_000L);

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  @BeforeEach
  void begin() throws IOException {
    transfer = new TransferFixture(directory);
  }

  @AfterEach
  void end() {
    transfer.close();
  }

  private static List<Step> steps(List<StepResult> results) {
    return Lists.transform(results, StepResult::step);
  }

  @Test
  void directoriesComeBeforeFilesThenSymlinksThenDeletesThenTheAttributesOfDirectories()
      throws IOException {
    transfer.file("d/f", "1");
    transfer.link("d/l", "f");
    transfer.there("old", "2");

    Step delete = transfer.delete("old");
    transfer.run(
        transfer.settle("d"),
        delete,
        transfer.symlink("d/l"),
        transfer.upload("d/f"),
        transfer.makeDirectory("d"));

    assertThat(transfer.calls("make", "publish", "remove", "set"))
        .containsExactly("make d", "publish d/f", "publish d/l", "remove old", "set d");
  }

  @Test
  void whatIsThereAlreadyIsReportedFirstAndAsksNothingOfTheTarget() throws IOException {
    transfer.file("same", "1");
    transfer.there("same", "1");
    Step adopt =
        new Step.Adopt(path("same"), transfer.entry("same"), transfer.entry("same").asTarget());

    assertThat(transfer.run(adopt)).containsExactly(StepResult.Done.of(adopt));
    assertThat(transfer.target.calls()).isEmpty();
  }

  @Test
  void directoriesAreMadeAndUnlockedFromTheTopDown() throws IOException {
    transfer.directory("a/b/c");
    transfer.run(
        transfer.makeDirectory("a/b/c"),
        transfer.makeDirectory("a/b"),
        transfer.makeDirectory("a"),
        new Step.Unlock(path("x/y/z"), 0700),
        new Step.Unlock(path("x/y"), 0700),
        new Step.Unlock(path("x"), 0700));

    assertThat(transfer.target.calls())
        .containsExactly("mode x", "mode x/y", "mode x/y/z", "make a", "make a/b", "make a/b/c");
  }

  @Test
  void roomIsMadeForADirectoryBeforeWhatBelongsInIt() throws IOException {
    transfer.directory("a/b");
    transfer.there("a", "a file");
    transfer.run(
        transfer.makeDirectory("a/b"), transfer.moveAside("a"), transfer.makeDirectory("a"));

    assertThat(transfer.calls("aside", "make")).containsExactly("aside a", "make a", "make a/b");
    assertThat(transfer.visible()).containsOnlyKeys("a", "a/b");
    assertThat(transfer.temporaries()).isEmpty();
  }

  @Test
  void noDirectoryIsMadeBeforeThereIsRoomForTheOneThatHoldsIt() throws IOException {
    List<Step> inner = new ArrayList<>();
    List<Step> outer = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      transfer.directory("a" + i + "/b");
      transfer.there("a" + i, "a file");
      inner.add(transfer.makeDirectory("a" + i + "/b"));
      outer.add(transfer.moveAside("a" + i));
      outer.add(transfer.makeDirectory("a" + i));
    }
    inner.addAll(outer);
    assertThat(transfer.run(inner.toArray(new Step[0])))
        .hasSize(300)
        .allMatch(StepResult.Done.class::isInstance);
  }

  @Test
  void aDirectoryThatIsOnlyLockedAgainIsLockedLastToo() throws IOException {
    transfer.directory("d");
    transfer.thereDirectory("d/e");
    transfer.thereDirectory("d/f");
    transfer
        .runner()
        .run(
            TransferFixture.plan(
                ImmutableListMultimap.of(
                    Phase.SETTLE, new Step.Unlock(path("d/e"), 0600),
                    Phase.SETTLE, new Step.Unlock(path("d/f"), 0700),
                    Phase.SETTLE, transfer.settle("d"))),
            List.of(),
            transfer.results::add);
    assertThat(transfer.target.calls()).containsExactly("mode d/f", "set d", "mode d/e");
  }

  @Test
  void whatADirectoryHoldsIsDeletedBeforeIt() throws IOException {
    transfer.there("a/b/f", "1");
    transfer.there("a/g", "2");
    transfer.run(
        transfer.delete("a"),
        transfer.delete("a/b"),
        transfer.delete("a/g"),
        transfer.delete("a/b/f"));

    assertThat(transfer.calls("remove", "rmdir"))
        .containsExactly("remove a/b/f", "remove a/g", "rmdir a/b", "rmdir a");
    assertThat(transfer.visible()).isEmpty();
  }

  @Test
  void aDirectoryGetsItsTimeAfterWhatItHoldsAndItsLockAfterAllOthers() throws IOException {
    transfer.directory("locked/inside");
    transfer.directory("other/inside");
    transfer.thereDirectory("locked/inside");
    transfer.thereDirectory("other/inside");
    Step.SetAttributes inside = transfer.settle("locked/inside");
    Files.setPosixFilePermissions(
        directory.resolve("locked"), PosixFilePermissions.fromString("rw-r--r--"));

    transfer.run(
        new Step.SetAttributes(RelPath.ROOT, transfer.entry("other")),
        transfer.settle("locked"),
        transfer.settle("other"),
        transfer.settle("other/inside"),
        inside);

    assertThat(transfer.calls("set"))
        .containsExactly(
            "set other/inside", "set locked/inside", "set other", "set .", "set locked");
  }

  @Test
  void whatWasMovedOutOfTheWayIsGoneBeforeItsDirectoryGetsItsTime() throws IOException {
    transfer.file("d/x", "a file now");
    transfer.there("d/x/y", "was in a directory");
    Files.setLastModifiedTime(directory.resolve("d"), LONG_AGO);

    transfer.run(transfer.moveAside("d/x"), transfer.upload("d/x"), transfer.settle("d"));

    assertThat(transfer.visible()).containsEntry("d/x", "a file now").hasSize(2);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.entryThere("d").mtimeSeconds()).isEqualTo(1_500_000_000L);
  }

  @Test
  void whatEarlierRunsLeftIsGoneBeforeTheDirectoryThatHoldsItIsDeleted() throws IOException {
    String leftover = "d/" + transfer.names.take();
    transfer.there(leftover + "/deep/f", "1");

    transfer
        .runner()
        .run(
            TransferFixture.plan(transfer.delete("d")),
            List.of(path(leftover)),
            transfer.results::add);

    assertThat(transfer.disk.snapshot()).isEmpty();
  }

  @Test
  void aLeftoverThatCanNotBeRemovedStopsNothing() throws IOException {
    String leftover = transfer.names.take();
    transfer.there(leftover, "1");
    transfer.there("old", "2");
    transfer.target.refuse("remove " + leftover, Reason.PERMISSION_DENIED);

    Step delete = transfer.delete("old");
    transfer
        .runner()
        .run(TransferFixture.plan(delete), List.of(path(leftover)), transfer.results::add);

    assertThat(transfer.results).containsExactly(StepResult.Done.of(delete));
    assertThat(transfer.visible()).isEmpty();
  }

  @Test
  void whatIsRefusedStopsNothingButWhatFollowsOnItsPath() throws IOException {
    transfer.file("x", "1");
    transfer.file("y", "2");
    transfer.thereDirectory("x");
    transfer.target.refuse("aside x", Reason.FAILURE);

    Step aside = transfer.moveAside("x");
    List<StepResult> results = transfer.run(aside, transfer.upload("x"), transfer.upload("y"));

    assertThat(steps(results))
        .extracting(Step::path)
        .containsExactlyInAnyOrder(path("x"), path("y"));
    assertThat(results)
        .filteredOn(StepResult.Failed.class::isInstance)
        .singleElement()
        .satisfies(failed -> assertThat(failed.step()).isEqualTo(aside));
    assertThat(transfer.visible()).containsEntry("y", "2").containsEntry("x", "/");
    assertThat(transfer.calls("stage")).containsExactly("stage y");
  }

  @Test
  void whatWasConfirmedBeforeTheConnectionWasLostIsReported() throws IOException {
    transfer.directory("a");
    transfer.file("f", "1");
    transfer.target.before("stage f", transfer.disk::loseConnections);

    Step make = transfer.makeDirectory("a");
    Step upload = transfer.upload("f");
    assertThatExceptionOfType(TargetUnavailableException.class)
        .isThrownBy(() -> transfer.run(make, upload, transfer.settle("a")));

    assertThat(transfer.results).containsExactly(StepResult.Done.of(make));
    assertThat(transfer.calls("set")).isEmpty();
  }

  @Test
  void nothingIsBegunOnceItIsToStop() throws IOException {
    transfer.file("f", "1");
    transfer.directory("d");
    transfer.there("old", "2");
    transfer.stopping = true;
    for (Step step :
        List.of(transfer.upload("f"), transfer.makeDirectory("d"), transfer.delete("old"))) {
      assertThatExceptionOfType(StoppedException.class).isThrownBy(() -> transfer.run(step));
    }
    assertThat(transfer.results).isEmpty();
    assertThat(transfer.target.calls()).isEmpty();
  }

  @Test
  void everyStepHasOneResultHoweverManyThereAre() throws IOException {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      steps.add(new Step.Delete(path("gone-" + i), EntryKind.FILE));
    }
    for (int i = 0; i < 600; i++) {
      transfer.file("f" + i, "content of " + i);
      steps.add(transfer.upload("f" + i));
    }
    assertThat(steps(transfer.run(steps.toArray(new Step[0]))))
        .containsExactlyInAnyOrderElementsOf(steps);
    assertThat(transfer.visible()).hasSize(600).containsEntry("f599", "content of 599");
  }

  @Test
  void stepsThatDoNotDependOnOneAnotherEachHaveAResult() throws IOException {
    transfer.file("f", "1");
    transfer.file("g", "2");
    transfer.directory("d");
    transfer.target.refuse("publish g", Reason.PERMISSION_DENIED);
    List<Step> steps =
        List.of(transfer.upload("f"), transfer.makeDirectory("d"), transfer.upload("g"));

    List<StepResult> results = transfer.runner().runSteps(steps);

    assertThat(steps(results)).containsExactlyInAnyOrderElementsOf(steps);
    assertThat(transfer.visible()).containsOnlyKeys("d", "f");
    assertThat(transfer.calls("make", "stage", "await"))
        .as("both files are on their way before one is waited for")
        .containsExactly("make d", "stage f", "stage g", "await f", "await g");
    assertThat(transfer.temporaries()).isEmpty();
  }

  @Test
  void aSmallFileWeighsMoreTheLargerItIsUpToTheLimitOfWhatIsSentTogether() throws IOException {
    transfer.file("empty", "");
    transfer.file("half", new byte[64 << 10]);
    transfer.file("small", new byte[128 << 10]);
    transfer.file("large", new byte[(128 << 10) + 1]);
    transfer.there("old", "");

    assertThat(PlanRunner.weight(List.of(transfer.upload("empty"), transfer.delete("old"))))
        .isEqualTo(2);
    assertThat(PlanRunner.weight(List.of(transfer.upload("half")))).isEqualTo(5);
    assertThat(PlanRunner.weight(List.of(transfer.upload("small")))).isEqualTo(9);
    assertThat(PlanRunner.weight(List.of(transfer.upload("large")))).isEqualTo(9);
    assertThat(PlanRunner.isSmallUpload(transfer.upload("small"))).isTrue();
    assertThat(PlanRunner.isSmallUpload(transfer.upload("large"))).isFalse();
    assertThat(PlanRunner.isSmallUpload(transfer.delete("old"))).isFalse();
  }
}
