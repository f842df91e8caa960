package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TestContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a file is sent, and what is said of that. */
final class FileSenderTest {
  private static final int SMALL = 128 << 10;
  private static final int LARGE = 1 << 20;

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  /** Confirmed at the target, by path. */
  private final Map<RelPath, DeltaRules.Known> remembered = new HashMap<>();

  private final List<RelPath> doubted = new ArrayList<>();
  private boolean sendsAgain;

  @BeforeEach
  void begin() throws IOException {
    transfer = new TransferFixture(directory);
  }

  @AfterEach
  void end() {
    transfer.close();
  }

  private static HashCode sha256(byte[] bytes) {
    return Hashing.sha256().hashBytes(bytes);
  }

  @CanIgnoreReturnValue
  private StagedStep send(Step.Upload step) throws IOException {
    StagedStep upload = transfer.sender().stage(step);
    if (upload.staged() != null) {
      assertThat(
              transfer
                  .target
                  .publish(List.of(upload.staged()), SyncTarget.PublishOrder.GIVEN)
                  .getFirst())
          .isEmpty();
    }
    return upload;
  }

  private void deltas(long minBytes, boolean verify) {
    transfer.deltas =
        new DeltaRules(
            minBytes,
            verify,
            new DeltaRules.Memory() {
              @Override
              public DeltaRules.@Nullable Known of(RelPath path) {
                return remembered.get(path);
              }

              @Override
              public DeltaRules.@Nullable Known beginningWith(long beginning) {
                return remembered.values().stream()
                    .filter(known -> known.chunks().beginning() == beginning)
                    .findFirst()
                    .orElse(null);
              }
            },
            new SuspectCopyListener() {
              @Override
              public boolean sendsAgain(RelPath path, long size) {
                return sendsAgain;
              }

              @Override
              public void readBack(RelPath path) {
                doubted.add(path);
              }
            });
  }

  /** A file that was sent before, of which its chunks are known. */
  private byte[] sent(String path) throws IOException {
    byte[] bytes = TestContent.bytes(LARGE, 1);
    Files.setLastModifiedTime(transfer.file(path, bytes), FileTime.fromMillis(1_000_000));
    StepResult.Done done = send(transfer.upload(path)).done();
    ChunkList chunks = requireNonNull(done.chunks());
    remembered.put(
        path(path),
        new DeltaRules.Known(
            path(path),
            requireNonNull(transfer.remote(path)),
            requireNonNull(done.hash()),
            chunks));
    transfer.target.forgetCalls();
    return bytes;
  }

  private void changeOneByte(String path, byte[] bytes) throws IOException {
    bytes[LARGE / 2] ^= 1;
    transfer.file(path, bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, SMALL - 1, SMALL, SMALL + 1, LARGE})
  void whateverItsSizeWhatIsThereIsWhatWasHashed(int size) throws IOException {
    byte[] bytes = TestContent.bytes(size, 1);
    transfer.file("f", bytes);

    StepResult.Done done = send(transfer.upload("f")).done();

    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
    assertThat(done.hash()).isEqualTo(sha256(bytes));
    assertThat(done.asRead()).isEqualTo(transfer.entry("f"));
    assertThat(done.chunks()).isNull();
    assertThat(done.extent()).isEqualTo(new StepResult.Extent.Sent(size));
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
    assertThat(transfer.progress.bytesSent()).isEqualTo(size);
    assertThat(transfer.calls("stage")).containsExactly("stage f");
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LARGE})
  void aFileThatWasOnlyTouchedIsNotSent(int size) throws IOException {
    byte[] bytes = TestContent.bytes(size, 1);
    transfer.file("f", bytes);
    transfer.disk.put(path("f"), bytes, 0600, 1);
    Step.Upload step =
        new Step.Upload(path("f"), transfer.entry("f"), transfer.remote("f"), sha256(bytes));

    StagedStep upload = send(step);

    assertThat(upload.staged()).isNull();
    assertThat(upload.done().extent()).isEqualTo(new StepResult.Extent.AttributesSet());
    assertThat(upload.done().hash()).isEqualTo(sha256(bytes));
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
    assertThat(transfer.progress.bytesSent()).isZero();
    assertThat(transfer.calls("stage", "publish")).isEmpty();

    Step.Upload again =
        new Step.Upload(path("f"), transfer.entry("f"), transfer.remote("f"), sha256(bytes));
    transfer.target.forgetCalls();
    assertThat(send(again).done().extent()).isEqualTo(new StepResult.Extent.Nothing());
    assertThat(transfer.target.calls()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LARGE})
  void aFileWithAnotherContentIsSent(int size) throws IOException {
    byte[] bytes = TestContent.bytes(size, 1);
    transfer.file("f", bytes);
    transfer.disk.put(path("f"), new byte[size], 0600, 1);

    StagedStep upload =
        send(
            new Step.Upload(
                path("f"), transfer.entry("f"), transfer.remote("f"), sha256(new byte[size])));

    assertThat(upload.done().extent()).isEqualTo(new StepResult.Extent.Sent(size));
    assertThat(upload.done().hash()).isEqualTo(sha256(bytes));
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
    assertThat(transfer.progress.bytesSent()).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LARGE})
  void aCopyInDoubtIsSentAgainWhereThatIsWanted(int size) throws IOException {
    deltas(Long.MAX_VALUE, false);
    byte[] bytes = TestContent.bytes(size, 1);
    transfer.file("f", bytes);
    transfer.disk.put(path("f"), new byte[size], 0600, 1);
    Step.Upload.Copy copy = Step.Upload.Copy.DOUBTED;
    Step.Upload step =
        new Step.Upload(path("f"), transfer.entry("f"), transfer.remote("f"), sha256(bytes), copy);

    assertThat(transfer.sender().stage(step).staged()).isNull();
    sendsAgain = true;
    assertThat(send(step).done().extent()).isEqualTo(new StepResult.Extent.Sent(size));
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
    Step.Upload trusted =
        new Step.Upload(path("f"), transfer.entry("f"), transfer.remote("f"), sha256(bytes));
    assertThat(transfer.sender().stage(trusted).staged()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LARGE})
  void aFileOfAnotherAccountIsReplacedWhereItsAttributesMayNotBeSet(int size) throws IOException {
    byte[] bytes = TestContent.bytes(size, 1);
    transfer.file("f", bytes);
    transfer.disk.put(path("f"), bytes, 0600, 1);
    Step.Upload step =
        new Step.Upload(path("f"), transfer.entry("f"), transfer.remote("f"), sha256(bytes));
    transfer.target.refuse("set f", Reason.PERMISSION_DENIED);

    assertThat(send(step).done().extent()).isEqualTo(new StepResult.Extent.Sent(size));
    assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());

    transfer.disk.put(path("f"), bytes, 0600, 1);
    transfer.target.refuse("set f", Reason.FAILURE);
    assertThatExceptionOfType(TargetException.class)
        .isThrownBy(() -> transfer.sender().stage(step));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, LARGE})
  void aFileThatChangesWhileItIsSentLeavesNothingAndCountsForNothing(int size) throws IOException {
    deltas(SMALL, true);
    transfer.file("f", new byte[size]);
    Step.Upload step = transfer.upload("f");
    transfer.once("stat f", () -> transfer.file("f", new byte[size + 1]));

    assertThatExceptionOfType(SourceChangedException.class)
        .isThrownBy(() -> transfer.sender().stage(step));

    assertThat(transfer.disk.snapshot()).isEmpty();
    assertThat(transfer.progress.bytesSent()).isZero();
  }

  @Test
  void ofALargeFileOnlyWhatChangedIsSent() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    long before = transfer.progress.bytesSent();
    changeOneByte("f", bytes);

    StepResult.Done done = send(transfer.upload("f")).done();

    assertThat(done.extent()).isInstanceOf(StepResult.Extent.Sent.class);
    assertThat(((StepResult.Extent.Sent) done.extent()).bytes()).isBetween(1L, LARGE / 2L);
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
    assertThat(done.hash()).isEqualTo(sha256(bytes));
    assertThat(requireNonNull(done.chunks()).beginning()).isNotZero();
    assertThat(transfer.calls("assemble", "stage", "read"))
        .as("it is read back before it is in its place")
        .containsExactly("assemble f", "read " + assembled(done));
    assertThat(doubted).isEmpty();
    assertThat(transfer.progress.bytesSent() - before).isEqualTo(LARGE);
  }

  private String assembled(StepResult.Done done) {
    assertThat(done.step().path()).isEqualTo(path("f"));
    return transfer.calls("read").getFirst().substring("read ".length());
  }

  @Test
  void whatIsNotReadBackAtOnceIsReadBackLater() throws IOException {
    deltas(SMALL, false);
    byte[] bytes = sent("f");
    changeOneByte("f", bytes);

    send(transfer.upload("f"));

    assertThat(transfer.calls("read")).isEmpty();
    assertThat(doubted).containsExactly(path("f"));
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
  }

  @Test
  void aLargeFileThatWasOnlyTouchedGetsItsTimeAndNothingElse() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    for (long millis : new long[] {1_000_500, 9_000_000}) {
      transfer.file("f", bytes);
      Files.setLastModifiedTime(directory.resolve("f"), FileTime.fromMillis(millis));
      long before = transfer.progress.bytesSent();
      StagedStep upload = send(transfer.upload("f"));

      assertThat(upload.staged()).isNull();
      assertThat(upload.done().extent()).isEqualTo(new StepResult.Extent.AttributesSet());
      assertThat(upload.done().hash()).isEqualTo(sha256(bytes));
      assertThat(transfer.remote("f")).isEqualTo(transfer.entry("f").asTarget());
      assertThat(transfer.temporaries()).isEmpty();
      assertThat(transfer.progress.bytesSent()).isEqualTo(before);
    }
    assertThat(doubted).isEmpty();
    transfer.file("f", bytes);
    send(
        new Step.Upload(
            path("f"),
            transfer.entry("f"),
            requireNonNull(remembered.get(path("f"))).entry(),
            null,
            Step.Upload.Copy.DOUBTED));
  }

  @Test
  void aCopyInDoubtThatIsNotSentIsReadBackLater() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    transfer.file("f", bytes);
    Step.Upload step =
        new Step.Upload(
            path("f"), transfer.entry("f"), transfer.remote("f"), null, Step.Upload.Copy.DOUBTED);

    assertThat(send(step).staged()).isNull();
    assertThat(doubted).containsExactly(path("f"));
  }

  @Test
  void aDamagedCopyIsNotBuiltUpon() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    changeOneByte("f", bytes);

    send(
        new Step.Upload(
            path("f"), transfer.entry("f"), transfer.remote("f"), null, Step.Upload.Copy.DAMAGED));

    assertThat(transfer.calls("assemble", "stage")).containsExactly("stage f");
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
  }

  @Test
  void aCopyThatIsNotWhatItWasSaidToBeIsNotBuiltUpon() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    changeOneByte("f", bytes);
    transfer.disk.put(path("f"), new byte[LARGE - 1], 0644, 1_000);

    StepResult.Done done = send(transfer.upload("f")).done();

    assertThat(done.extent()).isEqualTo(new StepResult.Extent.Sent(LARGE));
    assertThat(transfer.calls("assemble", "stage")).containsExactly("stage f");
  }

  @Test
  void whatWasPutTogetherWronglyIsDroppedAndSentWhole() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    long mtime = requireNonNull(transfer.remote("f")).mtimeSeconds();
    int mode = requireNonNull(transfer.remote("f")).mode();
    transfer.disk.put(path("f"), new byte[LARGE], mode, mtime); // With nothing to tell it by.
    changeOneByte("f", bytes);
    long before = transfer.progress.bytesSent();

    StepResult.Done done = send(transfer.upload("f")).done();

    assertThat(transfer.calls("assemble", "discard", "stage", "publish"))
        .containsExactly("assemble f", "discard f", "stage f", "publish f");
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
    assertThat(done.extent()).isEqualTo(new StepResult.Extent.Sent(LARGE));
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.progress.bytesSent() - before).isEqualTo(LARGE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"FAILURE", "UNSUPPORTED", "NOT_FOUND", "PERMISSION_DENIED"})
  void whatCanNotBePutTogetherIsSentWhole(Reason reason) throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    changeOneByte("f", bytes);
    transfer.target.refuse("assemble f", reason);

    send(transfer.upload("f"));

    assertThat(transfer.calls("assemble", "stage")).containsExactly("assemble f", "stage f");
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
  }

  @Test
  void aServerThatCopiesNothingIsSentEverything() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    changeOneByte("f", bytes);
    transfer.disk.copiesRanges(false);

    StepResult.Done done = send(transfer.upload("f")).done();

    assertThat(done.chunks()).isNull();
    assertThat(transfer.calls("assemble", "stage")).containsExactly("stage f");
  }

  @Test
  void aNewFileIsPutTogetherFromOneThatBeginsAlike() throws IOException {
    deltas(SMALL, true);
    byte[] bytes = sent("f");
    transfer.file("copy", bytes);
    long before = transfer.progress.bytesSent();

    StepResult.Done done = send(transfer.upload("copy")).done();

    assertThat(done.extent()).isEqualTo(new StepResult.Extent.Sent(0));
    assertThat(transfer.disk.contentOf(path("copy"))).isEqualTo(bytes);
    assertThat(transfer.disk.contentOf(path("f"))).isEqualTo(bytes);
    assertThat(transfer.progress.bytesSent() - before).isEqualTo(LARGE);
  }

  @Test
  void aFileThatGrewFarBeyondWhatItWasIsSentWhole() throws IOException {
    deltas(SMALL, true);
    sent("f");
    transfer.file("f", TestContent.bytes(8 * LARGE + 8, 2));

    send(transfer.upload("f"));

    assertThat(transfer.calls("assemble", "stage")).containsExactly("stage f");
  }

  @Test
  void aFullDiskLeavesWhatWasThere() throws IOException {
    transfer.close();
    transfer = new TransferFixture(directory, new InMemoryDisk(1000));
    transfer.there("f", "old");
    transfer.file("f", new byte[2000]);

    assertThatExceptionOfType(TargetException.class)
        .isThrownBy(() -> transfer.sender().stage(transfer.upload("f")))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

    assertThat(transfer.visible()).containsOnlyKeys("f").containsEntry("f", "old");
    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.progress.bytesSent()).isZero();
  }
}
