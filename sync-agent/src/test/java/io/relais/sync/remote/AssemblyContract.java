package io.relais.sync.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.delta.Piece;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget.Base;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TestRecipe.Event;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The part of the contract that is about files put together from what is at the target. */
public abstract class AssemblyContract extends EntriesContract {
  private static final int SIZE = 9_000_001;

  private final byte[] old = TestContent.bytes(SIZE, 1);
  private final byte[] fresh = TestContent.bytes(700_000, 2);

  @Test
  void saysThatItCanCopy() {
    assertThat(target.capabilities().copiesRanges()).isTrue();
  }

  @Test
  void putsAFileTogetherFromWhatIsThereAndWhatIsSent() throws IOException {
    put("file", old);
    Staged staged =
        target.stageAssembled(
            path("file"),
            base(SIZE, TIME),
            TestRecipe.of(
                new Piece.Copy(4_000_000, 5_000_001),
                new Piece.Literal(fresh, 100_000, 600_000),
                new Piece.Copy(0, 1),
                new Piece.Literal(fresh, 0, 1),
                new Piece.Copy(0, SIZE)),
            TIME + 5,
            0640,
            20_000_000);
    assertThat(read("file")).isEqualTo(old);
    publish(staged);
    assertThat(read("file"))
        .isEqualTo(
            join(
                Arrays.copyOfRange(old, 4_000_000, SIZE),
                Arrays.copyOfRange(fresh, 100_000, 700_000),
                Arrays.copyOf(old, 1),
                Arrays.copyOf(fresh, 1),
                old));
    assertThat(at("file"))
        .isEqualTo(
            new TargetEntry(
                EntryKind.FILE, 5_000_001 + 600_000 + 1 + 1 + SIZE, TIME + 5, 0640, null));
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
  }

  @Test
  void putsAFileTogetherWithZerosInIt() throws IOException {
    put("file", old);
    publish(
        target.stageAssembled(
            path("file"),
            base(SIZE, TIME),
            TestRecipe.of(
                new Piece.Zeros(5_000_001),
                new Piece.Copy(100, 200_000),
                new Piece.Zeros(1),
                new Piece.Literal(fresh, 0, 1),
                new Piece.Zeros(3_000_000)),
            TIME,
            0600,
            8_200_003));
    assertThat(read("file"))
        .isEqualTo(
            join(
                new byte[5_000_001],
                Arrays.copyOfRange(old, 100, 200_100),
                new byte[1],
                Arrays.copyOf(fresh, 1),
                new byte[3_000_000]));
  }

  @Test
  void putsAnEmptyFileTogether() throws IOException {
    put("file", old);
    publish(target.stageAssembled(path("file"), base(SIZE, TIME), TestRecipe.of(), TIME, 0600, 0));
    assertThat(read("file")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"9000001, 1700000002", "9000000, 1700000001", "0, 0"})
  void copiesFromNothingElseThanWhatWasLeft(long size, long time) throws IOException {
    put("file", old);
    assertRefusedWhole(base(size, time), TestRecipe.of(new Piece.Copy(0, 1)));
  }

  @Test
  void copiesFromNoFileThatIsGone() throws IOException {
    assertThatThrownBy(() -> assemble(base(SIZE, TIME), TestRecipe.of(new Piece.Copy(0, 1))))
        .isInstanceOf(TargetException.class);
    target.make(new RemoteChange.MakeDirectory(path("file"), 0755));
    assertThatThrownBy(() -> assemble(base(SIZE, TIME), TestRecipe.of(new Piece.Copy(0, 1))))
        .isInstanceOf(TargetException.class);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
  }

  @Test
  void copiesNothingFromBeyondTheEnd() throws IOException {
    put("file", old);
    assertRefusedWhole(base(SIZE, TIME), TestRecipe.of(new Piece.Copy(SIZE - 10, 11)));
  }

  @Test
  void noticesWhenSomebodyWritesIntoWhatIsCopied() throws IOException {
    put("file", old);
    assertRefusedWhole(
        base(SIZE, TIME),
        TestRecipe.after(
            () ->
                target.make(
                    new RemoteChange.SetAttributes(
                        path("file"), new TargetEntry(EntryKind.FILE, SIZE, TIME + 1, 0644, null))),
            new Piece.Copy(0, SIZE)));
  }

  @Test
  void leavesNothingOfAnAssemblyOfWhatChanged() throws IOException {
    put("file", old);
    for (Event event :
        new Event[] {
          () -> {
            throw new SourceChangedException("it changed");
          },
          () -> {
            throw new IllegalStateException("a defect");
          }
        }) {
      assertThatThrownBy(
              () -> assemble(base(SIZE, TIME), TestRecipe.after(event, new Piece.Copy(0, SIZE))))
          .isInstanceOfAny(SourceChangedException.class, IllegalStateException.class);
      assertThatThrownBy(
              () ->
                  assemble(base(SIZE, TIME), TestRecipe.endingWith(event, new Piece.Copy(0, SIZE))))
          .isInstanceOfAny(SourceChangedException.class, IllegalStateException.class);
    }
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
    assertThat(target.isOpen()).isTrue();
  }

  @Test
  void leavesTheOldFileWholeWhenTheConnectionIsLost() throws Exception {
    target.close();
    target = link.open(() -> {});
    put("file", old);
    assertThatThrownBy(
            () ->
                assemble(
                    base(SIZE, TIME),
                    TestRecipe.after(
                        this::cut, new Piece.Copy(0, SIZE), new Piece.Literal(fresh, 0, 1000))))
        .isInstanceOf(TargetUnavailableException.class);
    target.close();
    target = link.open(() -> {});
    assertThat(read("file")).isEqualTo(old);
    assertThat(target.list(RelPath.ROOT).keySet())
        .allMatch(name -> name.equals("file") || names.isOurs(name));
  }

  private void cut() throws IOException {
    try {
      cutConnections();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private void assertRefusedWhole(Base base, TestRecipe recipe) throws IOException {
    assertThatThrownBy(() -> assemble(base, recipe)).isInstanceOf(TargetException.class);
    assertThat(read("file")).isEqualTo(old);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
    assertThat(target.isOpen()).isTrue();
  }

  private Staged assemble(Base base, TestRecipe recipe) throws IOException {
    return target.stageAssembled(path("file"), base, recipe, TIME, 0600, SIZE);
  }

  private static Base base(long size, long time) {
    return new Base(path("file"), size, time);
  }

  private static byte[] join(byte[]... parts) {
    byte[] joined = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }
}
