package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.relais.sync.entry.Entries;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a step: where it is done, where it is refused, and where all has to end. */
final class StepExecutorTest {
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

  private StepResult.Failed failed(Step step) throws IOException {
    StepResult result = transfer.executor().execute(step);
    assertThat(result).isInstanceOf(StepResult.Failed.class);
    return (StepResult.Failed) result;
  }

  private List<StepResult> inOrder(Step... steps) throws IOException {
    List<StepResult> results = new ArrayList<>();
    transfer.executor().executeInOrder(List.of(steps), results::add);
    return results;
  }

  @Test
  void aFileThatWasSentIsReportedAsItWasWhileItWasRead() throws IOException {
    transfer.file("f", "content");
    Step.Upload upload = transfer.upload("f");

    assertThat(transfer.executor().execute(upload))
        .isEqualTo(
            new StepResult.Done(
                upload,
                transfer.entry("f"),
                Entries.sha256("content"),
                null,
                new StepResult.Extent.Sent(7)));
    assertThat(transfer.content("f")).isEqualTo("content");
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
    assertThat(transfer.progress.filesDone()).isEqualTo(1);
    assertThat(transfer.progress.bytesSent()).isEqualTo(7);
  }

  @Test
  void aSymlinkIsPutInPlaceWithItsTextAndIsNoFile() throws IOException {
    transfer.link("l", "../where/ever");
    Step step = transfer.symlink("l");

    assertThat(transfer.executor().execute(step)).isEqualTo(StepResult.Done.of(step));
    assertThat(transfer.remote("l")).isEqualTo(transfer.entry("l").asTarget());
    assertThat(transfer.progress.filesDone()).isZero();
  }

  @Test
  void whatIsMovedOutOfTheWayIsKeptInMind() throws IOException {
    transfer.there("d/f", "1");
    StepExecutor executor = transfer.executor();

    executor.execute(transfer.moveAside("d"));

    assertThat(transfer.visible()).isEmpty();
    assertThat(executor.asides()).hasSize(1).allMatch(transfer.temporaries()::contains);
  }

  @Test
  void aFileThatChangesWhileItIsReadIsNotPutInPlace() throws IOException {
    transfer.file("f", "1");
    transfer.there("f", "old");
    Step.Upload upload = transfer.upload("f");
    transfer.once("read f", () -> transfer.file("f", "another"));

    assertThat(transfer.executor().execute(upload))
        .isEqualTo(new StepResult.Changed(upload, "f: it changed while it was sent"));
    assertThat(transfer.visible()).containsEntry("f", "old");
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.progress.bytesSent()).isZero();
    assertThat(transfer.progress.filesDone()).isZero();
  }

  @Test
  void aFileThatIsGoneOrIsSomethingElseByThenHasChanged() throws IOException {
    transfer.file("secret", "never sent");
    for (TransferFixture.Event other :
        List.<TransferFixture.Event>of(
            () -> {},
            () -> transfer.link("f", "secret"),
            () -> transfer.directory("f"),
            () -> fifo(directory.resolve("f")))) {
      transfer.file("f", "1");
      Step.Upload upload = transfer.upload("f");
      Files.delete(directory.resolve("f"));
      other.happen();

      assertThat(transfer.executor().execute(upload)).isInstanceOf(StepResult.Changed.class);
      Files.deleteIfExists(directory.resolve("f"));
    }
    assertThat(transfer.disk.snapshot()).isEmpty();
  }

  private static void fifo(Path path) throws IOException {
    try {
      assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aFileBelowADirectoryThatBecameASymlinkIsNotReadThroughIt() throws IOException {
    transfer.file("d/f", "1");
    transfer.file("elsewhere/f", "never sent");
    Step.Upload upload = transfer.upload("d/f");
    Files.delete(directory.resolve("d/f"));
    Files.delete(directory.resolve("d"));
    transfer.link("d", "elsewhere");
    transfer.thereDirectory("d");

    assertThat(transfer.executor().execute(upload)).isNotInstanceOf(StepResult.Done.class);
    assertThat(transfer.visible()).containsOnlyKeys("d");
  }

  @Test
  void whatTheSourcesDiskRefusesHasFailedAndSaysNothingAboutTheTarget() throws IOException {
    transfer.file("f", "1");
    transfer.once(
        "open f",
        () -> {
          throw new AccessDeniedException("f");
        });

    StepResult.Failed failed = failed(transfer.upload("f"));

    assertThat(failed.why()).isEqualTo("f: permission denied at the source");
    assertThat(failed.unexpected()).isFalse();
    assertThat(failed.suspect()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void onlyARefusalThatAListingMayExplainAsksForOne(Reason reason) throws IOException {
    transfer.file("d/f", "1");
    transfer.thereDirectory("d");
    transfer.target.refuse("stage d/f", reason);

    StepResult.Failed failed = failed(transfer.upload("d/f"));

    assertThat(failed.why()).startsWith("d/f: ");
    assertThat(failed.unexpected())
        .isEqualTo(
            switch (reason) {
              case NOT_FOUND, UNSAFE_PATH, FAILURE -> true;
              default -> false;
            });
    assertThat(failed.suspect()).isEqualTo(reason == Reason.UNSAFE_PATH ? path("d") : null);
    assertThat(transfer.visible()).containsOnlyKeys("d");
  }

  @Test
  void aRefusalWithoutAReasonIsExplainedByWhatStandsInTheWay() throws IOException {
    transfer.file("f", "1");
    transfer.thereDirectory("f");

    assertThat(failed(new Step.Upload(path("f"), transfer.entry("f"), null, null)).why())
        .isEqualTo("f: a directory stands in its place at the target, where a file should be");
    assertThat(transfer.temporaries()).isEmpty();
  }

  @Test
  void nothingIsAskedOfTheTargetBelowWhatIsNoDirectory() throws IOException {
    transfer.file("d/f", "1");
    Step.Upload upload = transfer.upload("d/f");
    transfer.index.put(path("d"), Entries.confirmed(Entries.link("elsewhere")));

    for (StepResult result :
        List.of(
            transfer.executor().execute(upload),
            transfer.executor().executeTogether(List.of(upload)).getFirst(),
            transfer.executor().prepare(upload, new ArrayDeque<>()),
            inOrder(new Step.Delete(path("d/f"), EntryKind.FILE)).getFirst())) {
      assertThat(result).isInstanceOf(StepResult.Failed.class);
      assertThat(((StepResult.Failed) result).suspect()).isEqualTo(path("d"));
      assertThat(((StepResult.Failed) result).unexpected()).isTrue();
    }
    assertThat(transfer.target.calls()).isEmpty();
    assertThat(transfer.executor().isWithinDirectories(upload)).isFalse();
  }

  @Test
  void aTargetThatMayNotBeUsedAndALostConnectionEndEverything() throws IOException {
    transfer.file("f", "1");
    for (IOException end :
        List.of(
            new TargetRefusedException("another key"),
            new TargetUnavailableException("lost"),
            new StoppedException())) {
      transfer.target.before(
          "stage f",
          () -> {
            throw end;
          });
      assertThatExceptionOfType(end.getClass())
          .isThrownBy(() -> transfer.executor().execute(transfer.upload("f")))
          .isSameAs(end);
    }
  }

  @Test
  void requestsGoInOrderAndARefusedOneStopsNoOther() throws IOException {
    transfer.directory("a");
    transfer.directory("b");
    transfer.there("old", "1");
    transfer.target.refuse("make a", Reason.PERMISSION_DENIED);

    List<StepResult> results =
        inOrder(transfer.makeDirectory("a"), transfer.makeDirectory("b"), transfer.delete("old"));

    assertThat(results.get(0)).isInstanceOf(StepResult.Failed.class);
    assertThat(results.subList(1, 3)).allMatch(StepResult.Done.class::isInstance);
    assertThat(transfer.calls("make", "remove")).containsExactly("make a", "make b", "remove old");
    assertThat(transfer.visible()).containsOnlyKeys("b");
  }

  @Test
  void eachRequestIsTheOneThatItsStepNames() throws IOException {
    transfer.directory("d");
    transfer.file("f", "1");
    transfer.there("f", "1");
    transfer.there("x/old", "1");

    inOrder(
        transfer.makeDirectory("d"),
        new Step.Unlock(path("d"), 0711),
        transfer.settle("f"),
        transfer.delete("x/old"),
        transfer.delete("x"));

    assertThat(transfer.target.calls())
        .containsExactly("make d", "mode d", "set f", "remove x/old", "rmdir x");
    assertThat(transfer.remote("d")).extracting(entry -> entry.mode()).isEqualTo(0711);
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
  }

  @Test
  void whatAnotherAccountOwnsIsReplacedWhereItsAttributesMayNotBeSet() throws IOException {
    transfer.file("f", "1");
    transfer.link("l", "f");
    transfer.there("f", "1");
    transfer.there("l", "whatever");
    transfer.target.refuse("set f", Reason.PERMISSION_DENIED);
    transfer.target.refuse("set l", Reason.PERMISSION_DENIED);

    List<StepResult> results = inOrder(transfer.settle("f"), transfer.settle("l"));

    assertThat(results).allMatch(StepResult.Done.class::isInstance);
    assertThat(results)
        .extracting(StepResult::step)
        .hasAtLeastOneElementOfType(Step.Upload.class)
        .hasAtLeastOneElementOfType(Step.MakeSymlink.class);
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
    assertThat(transfer.remote("l")).isEqualTo(transfer.entry("l").asTarget());
    assertThat(transfer.calls("publish")).containsExactlyInAnyOrder("publish f", "publish l");
  }

  @Test
  void aSingleStepIsReplacedInTheSameWay() throws IOException {
    transfer.file("f", "1");
    transfer.there("f", "1");
    transfer.target.refuse("set f", Reason.PERMISSION_DENIED);

    assertThat(transfer.executor().execute(transfer.settle("f")).step())
        .isInstanceOf(Step.Upload.class);
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
  }

  @Test
  void aDirectoryOfAnotherAccountCanNotBeReplacedAndTheRootMayStayAsItIs() throws IOException {
    transfer.directory("d");
    transfer.thereDirectory("d");
    transfer.target.refuse("set d", Reason.PERMISSION_DENIED);
    transfer.target.refuse("set .", Reason.PERMISSION_DENIED);
    Step root = new Step.SetAttributes(RelPath.ROOT, transfer.entry("d"));

    List<StepResult> results = inOrder(transfer.settle("d"), root);

    assertThat(results.get(0)).isInstanceOf(StepResult.Failed.class);
    assertThat(((StepResult.Failed) results.get(0)).why())
        .contains("may not set the mode and time");
    assertThat(results.get(1)).isEqualTo(StepResult.Done.of(root));
  }

  @Test
  void otherRefusalsOfAttributesReplaceNothing() throws IOException {
    transfer.file("f", "1");
    transfer.there("f", "1");
    transfer.target.refuse("set f", Reason.FAILURE);

    assertThat(inOrder(transfer.settle("f")).getFirst()).isInstanceOf(StepResult.Failed.class);
    assertThat(transfer.calls("stage", "publish")).isEmpty();
  }

  @Test
  void nothingOfFilesThatAreSentTogetherIsLeftWhenAllMustEnd() throws IOException {
    List<Step.Upload> uploads = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      transfer.file(name, name);
      uploads.add(transfer.upload(name));
    }
    transfer.target.before(
        "stage c",
        () -> {
          throw new StoppedException();
        });

    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(() -> transfer.executor().executeTogether(uploads));

    assertThat(transfer.calls("discard")).containsExactlyInAnyOrder("discard a", "discard b");
    assertThat(transfer.disk.snapshot()).isEmpty();
  }

  @Test
  void ofFilesThatAreSentTogetherEachHasItsOwnResult() throws IOException {
    List<Step.Upload> uploads = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d", "same")) {
      transfer.file(name, name);
      uploads.add(transfer.upload(name));
    }
    transfer.file("same", "same");
    transfer.disk.put(
        path("same"),
        "same".getBytes(UTF_8),
        transfer.entry("same").mode(),
        transfer.entry("same").asTarget().mtimeSeconds());
    uploads.set(
        4,
        new Step.Upload(
            path("same"), transfer.entry("same"), transfer.remote("same"), Entries.sha256("same")));
    transfer.target.refuse("stage a", Reason.NO_SPACE);
    transfer.target.refuse("await b", Reason.NO_SPACE);
    transfer.target.refuse("publish c", Reason.NO_SPACE);

    List<StepResult> results = transfer.executor().executeTogether(uploads);

    assertThat(results).hasSize(5);
    for (StepResult result : results) {
      String path = result.step().path().toString();
      assertThat(result)
          .isInstanceOf(
              List.of("d", "same").contains(path)
                  ? StepResult.Done.class
                  : StepResult.Failed.class);
    }
    assertThat(transfer.visible()).containsOnlyKeys("d", "same");
    assertThat(transfer.progress.filesDone()).isEqualTo(1);
    assertThat(transfer.progress.bytesSent()).as("a, b were dropped").isEqualTo(2);
  }

  @Test
  void whatIsPreparedIsSentButNotInPlace() throws IOException {
    transfer.file("f", "1");
    transfer.link("l", "f");
    transfer.there("x", "1");
    Queue<StagedStep> staged = new ArrayDeque<>();
    StepExecutor executor = transfer.executor();

    for (Step step : List.of(transfer.upload("f"), transfer.symlink("l"))) {
      assertThat(executor.prepare(step, staged)).isEqualTo(new StepResult.Staged(step));
    }
    Step settle = new Step.SetAttributes(path("x"), transfer.entry("f"));
    assertThat(executor.prepare(settle, staged)).isEqualTo(StepResult.Done.of(settle));

    assertThat(transfer.visible()).containsOnlyKeys("x");
    assertThat(transfer.temporaries()).hasSize(2);
    assertThat(staged)
        .extracting(each -> requireNonNull(each.staged()).path())
        .containsExactly(path("f"), path("l"));
    assertThat(transfer.progress.filesDone()).isEqualTo(1);
  }
}
