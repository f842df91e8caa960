package io.relais.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.relais.sync.plan.Step;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A consistent mirror is seen as it was, or as it is to be. */
final class ConsistentSwitchTest {
  private static final Map<String, String> BEFORE =
      Map.of("d", "/", "d/new-a", "old a", "old", "to go", "z", "old z");
  private static final Map<String, String> AFTER =
      Map.of("d", "/", "d/new-a", "a", "link", "-> z", "new", "n", "z", "z");

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  @BeforeEach
  void begin() throws IOException {
    transfer = new TransferFixture(directory);
    transfer.file("z", "z");
    transfer.file("d/new-a", "a");
    transfer.file("new", "n");
    transfer.link("link", "z");
    target();
  }

  private void target() throws IOException {
    transfer.there("z", "old z");
    transfer.there("d/new-a", "old a");
    transfer.there("old", "to go");
  }

  @AfterEach
  void end() {
    transfer.close();
  }

  private Step[] steps() throws IOException {
    return new Step[] {
      transfer.upload("z"),
      transfer.upload("d/new-a"),
      transfer.upload("new"),
      transfer.symlink("link"),
      transfer.delete("old"),
      transfer.settle("d")
    };
  }

  private static List<String> changed(List<StepResult> results) {
    return results.stream()
        .filter(StepResult.Changed.class::isInstance)
        .map(result -> result.step().path() + ": " + ((StepResult.Changed) result).why())
        .sorted()
        .toList();
  }

  @Test
  void nothingIsInPlaceWhenItIsAskedWhetherToSwitchAndThenAllIs() throws IOException {
    List<String> asked = new ArrayList<>();
    List<StepResult> results =
        transfer.runConsistently(
            () -> {
              asked.add("once");
              assertThat(transfer.visible()).isEqualTo(BEFORE);
              assertThat(transfer.temporaries()).hasSize(4);
              assertThat(transfer.results).isEmpty();
              return null;
            },
            steps());

    assertThat(asked).hasSize(1);
    assertThat(transfer.visible()).isEqualTo(AFTER);
    assertThat(results).hasSize(6).allMatch(StepResult.Done.class::isInstance);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.progress.filesDone()).isEqualTo(3);
  }

  @Test
  void newFilesComeFirstThenReplacedOnesThenSymlinksAndThenWhatIsDeleted() throws IOException {
    transfer.runConsistently(() -> null, steps());

    assertThat(transfer.calls("publish", "remove", "set"))
        .containsExactly(
            "publish new", "publish d/new-a", "publish z", "publish link", "remove old", "set d");
  }

  @Test
  void anObjectionLeavesEverythingAsItWas() throws IOException {
    List<StepResult> results = transfer.runConsistently(() -> "not now", steps());

    assertThat(transfer.visible()).isEqualTo(BEFORE);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(changed(results))
        .containsExactly("d/new-a: not now", "link: not now", "new: not now", "z: not now");
    assertThat(transfer.calls("remove")).isEmpty();
    assertThat(transfer.calls("set")).as("the time that staging moved").containsExactly("set d");
  }

  @Test
  void aFileThatCanNotBeSentKeepsAllOthersFromTheirPlaces() throws IOException {
    transfer.target.refuse("stage new", Reason.PERMISSION_DENIED);

    List<StepResult> results = transfer.runConsistently(this::neverAsked, steps());

    assertThat(transfer.visible()).isEqualTo(BEFORE);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(results).filteredOn(StepResult.Failed.class::isInstance).hasSize(1);
    assertThat(changed(results)).hasSize(3);
  }

  @Test
  void aFileThatChangesWhileItIsSentKeepsAllOthersFromTheirPlaces() throws IOException {
    Step[] steps = steps();
    transfer.once("read z", () -> transfer.file("z", "longer than before"));

    List<StepResult> results = transfer.runConsistently(this::neverAsked, steps);

    assertThat(transfer.visible()).isEqualTo(BEFORE);
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(changed(results)).hasSize(4);
  }

  private String neverAsked() {
    throw new AssertionError("asked though it can't be switched");
  }

  @Test
  void nobodyIsAskedWhereThereIsNothingToSwitch() throws IOException {
    transfer.runConsistently(this::neverAsked, transfer.delete("old"));

    assertThat(transfer.visible()).doesNotContainKey("old");
  }

  @Test
  void whatTheTargetDoesNotPutInPlaceIsSaidToHaveFailedAndIsListedAgain() throws IOException {
    transfer.target.refuse("publish z", Reason.UNSAFE_PATH);

    List<StepResult> results = transfer.runConsistently(() -> null, steps());

    assertThat(results)
        .filteredOn(StepResult.Failed.class::isInstance)
        .singleElement()
        .satisfies(
            result -> {
              StepResult.Failed failed = (StepResult.Failed) result;
              assertThat(failed.step().path()).isEqualTo(TransferFixture.path("z"));
              assertThat(failed.unexpected()).isTrue();
              assertThat(failed.suspect()).isEqualTo(TransferFixture.path("z").parent());
            });
    assertThat(transfer.visible()).containsEntry("new", "n").containsEntry("z", "old z");
  }

  /** What is in place by then is a beginning of the order; and what is reported done is done. */
  @Test
  void whereverTheConnectionIsLostNothingIsSwitchedBeforeAllIsSent() throws IOException {
    boolean lost = true;
    for (int moment = 0; lost; moment++) {
      transfer.reconnect();
      transfer.results.clear();
      transfer.disk.snapshot().keySet().forEach(transfer.disk::lose);
      target();
      transfer.target.loseAfter(moment);
      Step[] steps = steps();
      try {
        transfer.runConsistently(() -> null, steps);
        lost = false;
      } catch (TargetUnavailableException e) {
        assertThat(transfer.results).allMatch(StepResult.Done.class::isInstance);
      }
      Map<String, String> visible = transfer.visible();
      boolean begun = !visible.equals(BEFORE);
      assertThat(!begun || transfer.calls("stage", "link").size() == 4)
          .as("switched before all was sent, at moment %s", moment)
          .isTrue();
      List<String> order = List.of("new", "d/new-a", "z", "link");
      for (int i = 1; i < order.size(); i++) {
        assertThat(isNew(visible, order.get(i - 1)) || !isNew(visible, order.get(i)))
            .as("%s before %s, at moment %s", order.get(i), order.get(i - 1), moment)
            .isTrue();
      }
      assertThat(visible.containsKey("old") || isNew(visible, "link")).isTrue();
      for (StepResult result : transfer.results) {
        if (!(result.step() instanceof Step.Delete)) {
          assertThat(isNew(visible, result.step().path().toString())).isTrue();
        }
      }
    }
    assertThat(transfer.visible()).isEqualTo(AFTER);
  }

  private static boolean isNew(Map<String, String> visible, String path) {
    return Objects.equals(AFTER.get(path), visible.get(path));
  }

  @Test
  void whatNeedsNoSwitchIsDoneOnTheWayAndReported() throws IOException {
    Step settle = transfer.settle("z");

    assertThat(transfer.runConsistently(this::neverAsked, settle))
        .containsExactly(StepResult.Done.of(settle));
    assertThat(transfer.remote("z")).extracting(entry -> entry.mtimeSeconds()).isNotEqualTo(1_000L);
  }

  @Test
  void leftoversAndWhatWasInTheWayAreGoneInTheEnd() throws IOException {
    String leftover = transfer.names.take();
    transfer.there(leftover, "1");
    transfer.there("new/inside", "in the way");

    transfer
        .runner()
        .runConsistently(
            TransferFixture.plan(
                transfer.moveAside("new"), transfer.upload("new"), transfer.delete("old")),
            List.of(TransferFixture.path(leftover)),
            () -> null,
            transfer.results::add);

    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.visible()).containsEntry("new", "n").doesNotContainKey("old");
  }

  @Test
  void anObjectionThatCanNotBeRaisedEndsIt() throws IOException {
    Step[] steps = steps();
    assertThatIOException()
        .isThrownBy(
            () ->
                transfer.runConsistently(
                    () -> {
                      throw new IOException("the disk failed");
                    },
                    steps))
        .withMessage("the disk failed");
    assertThat(transfer.visible()).isEqualTo(BEFORE);
  }
}
