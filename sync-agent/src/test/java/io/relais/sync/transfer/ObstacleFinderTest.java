package io.relais.sync.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.Rounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A target that refuses without a reason: what can be seen there is said. */
final class ObstacleFinderTest {
  private static final RelPath D = RelPath.ofLatin1("d");

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Rounds rounds;

  @BeforeEach
  void begin() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Files.writeString(Files.createDirectory(source.resolve("d")).resolve("f"), "1");
    Files.writeString(source.resolve("keep"), "2");
    Path state = Files.createDirectory(directory.resolve("state"));
    rounds = new Rounds(source, state, Long.MAX_VALUE, InstantSource.system());
  }

  private void mirror() throws IOException {
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      rounds.all(target, names);
    }
  }

  private void removeD() throws IOException {
    Files.delete(source.resolve("d/f"));
    Files.delete(source.resolve("d"));
  }

  @Test
  void aDirectoryThatHoldsWhatWasRefusedIsSaidToHoldIt() throws IOException {
    mirror();
    removeD();
    disk.failNext(Operation.REMOVE_FILE, D.child("f"), Reason.PERMISSION_DENIED);
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      Map<RelPath, String> told = rounds.problems(target, names);

      assertThat(told.get(D))
          .isEqualTo("d: it can't be removed while it holds d/f, which could not be removed");
      assertThat(told.get(D.child("f"))).contains("permission denied");
    }
  }

  @Test
  void aDirectoryThatIsNotEmptyIsSaidToBeSo() throws IOException {
    mirror();
    removeD();
    disk.put(D.child("other"), "3".getBytes(UTF_8), 0644, 1);
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      Map<RelPath, String> told = rounds.problemsAt(target, names, ImmutableSet.of(D));

      assertThat(told.get(D))
          .isEqualTo("d: it can't be removed, since it is not empty: it holds d/other");
    }
  }

  @Test
  void whatStandsInThePlaceOfANewEntryIsNamed() throws IOException {
    mirror();
    Files.createDirectory(source.resolve("x"));
    disk.put(RelPath.ofLatin1("x"), "3".getBytes(UTF_8), 0644, 1);
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      Map<RelPath, String> told =
          rounds.problemsAt(target, names, ImmutableSet.of(RelPath.ofLatin1("x")));

      assertThat(told.get(RelPath.ofLatin1("x")))
          .isEqualTo("x: a file stands in its place at the target, where a directory should be");
    }
  }

  @Test
  void whatStandsInThePlaceOfTheRootIsNamed() throws IOException {
    disk.removeRoot();
    disk.failNext(Operation.MAKE_DIRECTORY, RelPath.ROOT, Reason.FAILURE);
    SyncTarget obstructed =
        new ForwardingTarget(disk.link(names).open(() -> {})) {
          @Override
          public @Nullable String objection() {
            return "a file stands there";
          }
        };
    try (obstructed) {
      assertThat(rounds.problems(obstructed, names).get(RelPath.ROOT))
          .endsWith("a file stands there");
    }
  }

  private static StepResult.Failed refused(StepExecutor executor, Step step) throws IOException {
    return (StepResult.Failed) executor.execute(step);
  }

  @Test
  void nothingIsLookedAtWhereTheTargetSaysWhy() throws IOException {
    try (TransferFixture transfer = new TransferFixture(source)) {
      transfer.thereDirectory("keep");
      transfer.target.refuse("stage keep", Reason.NO_SPACE);
      assertThat(refused(transfer.executor(), transfer.upload("keep")).why())
          .isEqualTo("keep: no space left at the target");
      assertThat(transfer.calls("stat", "list")).isEmpty();
    }
  }

  @Test
  void whereTheLookIsRefusedTooNobodyKnows() throws IOException {
    try (TransferFixture transfer = new TransferFixture(source)) {
      transfer.target.refuse("stage keep", Reason.FAILURE);
      transfer.target.refuse("stat keep", Reason.PERMISSION_DENIED);
      assertThat(refused(transfer.executor(), transfer.upload("keep")).why())
          .startsWith("keep: the target failed and gave no reason");
    }
  }

  @Test
  void aConnectionThatIsLostMeanwhileEndsEverything() throws IOException {
    try (TransferFixture transfer = new TransferFixture(source)) {
      transfer.target.refuse("stage keep", Reason.FAILURE);
      transfer.target.before("stat keep", transfer.disk::loseConnections);
      assertThatExceptionOfType(TargetUnavailableException.class)
          .isThrownBy(() -> transfer.executor().execute(transfer.upload("keep")));
    }
  }

  @Test
  void aRunLooksFiftyTimesAndNoMore() throws IOException {
    try (TransferFixture transfer = new TransferFixture(source)) {
      StepExecutor executor = transfer.executor();
      transfer.thereDirectory("keep");
      transfer.target.refuse("stage keep", Reason.FAILURE);
      for (int i = 0; i < 50; i++) {
        assertThat(refused(executor, transfer.upload("keep")).why()).contains("a directory stands");
      }
      assertThat(refused(executor, transfer.upload("keep")).why()).contains("gave no reason");
      assertThat(transfer.calls("stat")).hasSize(50);
    }
  }
}
