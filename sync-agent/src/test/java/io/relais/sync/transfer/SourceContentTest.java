package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.hash.Hashing;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a path is what the path had. */
final class SourceContentTest {
  private static final RelPath PATH = path("d/file");

  @TempDir private Path root;

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  @SuppressWarnings("NullAway.Init")
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    transfer = new TransferFixture(root);
    file = transfer.file("d/file", "first");
  }

  @AfterEach
  void end() {
    transfer.close();
  }

  /** By which the file was changed a millisecond ago. */
  private InstantSource soon() throws IOException {
    FileTime changed = (FileTime) requireNonNull(Files.getAttribute(file, "unix:ctime"));
    return InstantSource.fixed(changed.toInstant().plusMillis(1));
  }

  private String contentAt(InstantSource clock) throws IOException {
    try (SourceContent content = transfer.open(PATH, clock)) {
      return new String(content.readAll(), UTF_8);
    }
  }

  /** So young that its times prove nothing, and under the path something else is by then. */
  @Test
  void whatIsWrittenToAFileOnceItHasMovedAwayIsNotRead() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    InstantSource clock = soon();
    transfer.sourceEvents.put(
        "open d/file",
        () -> {
          switch (opened.getAndIncrement()) {
            case 1 -> replaceWithItsDirectory();
            case 2 -> Files.writeString(file, "third");
            default -> {}
          }
        });
    assertThat(contentAt(clock)).isIn("second", "third");
  }

  private void replaceWithItsDirectory() throws IOException {
    Path moved = root.resolve("moved");
    Files.move(root.resolve("d"), moved);
    Files.writeString(moved.resolve("file"), "never there");
    Files.createDirectory(root.resolve("d"));
    Files.writeString(file, "second");
  }

  @Test
  void aFileThatHasSettledIsReadOnceAndItsTimesCount() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    transfer.sourceEvents.put("open d/file", opened::incrementAndGet);
    try (SourceContent content = transfer.open(PATH)) {
      assertThat(new String(content.readAll(), UTF_8)).isEqualTo("first");
      assertThat(content.entry()).isEqualTo(transfer.entry("d/file"));
      assertThat(content.hash()).isEqualTo(Hashing.sha256().hashString("first", UTF_8));
    }
    assertThat(opened).hasValue(1);
  }

  @Test
  void aSmallFileThatIsTooYoungIsReadTwiceAndIsToBeLookedAtAgain() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    transfer.sourceEvents.put("open d/file", opened::incrementAndGet);
    try (SourceContent content = transfer.open(PATH, soon())) {
      assertThat(content.entry()).isEqualTo(transfer.entry("d/file").racy());
      assertThat(new String(content.readAll(), UTF_8)).isEqualTo("first");
    }
    assertThat(opened).hasValue(3);
  }

  @Test
  void aFileFromTheFutureIsNotWaitedFor() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    transfer.sourceEvents.put("open d/file", opened::incrementAndGet);
    InstantSource before = InstantSource.fixed(soon().instant().minusSeconds(60));
    try (SourceContent content = transfer.open(PATH, before)) {
      assertThat(content.entry()).isEqualTo(transfer.entry("d/file"));
    }
    assertThat(opened).hasValue(1);
  }

  @Test
  void aLargeFileThatIsWrittenAllTheTimeIsReadAllTheSameAfterAFewTries() throws IOException {
    transfer.file("d/file", new byte[SourceContent.StableRead.MOST_BYTES + 1]);
    AtomicInteger opened = new AtomicInteger();
    transfer.sourceEvents.put("open d/file", opened::incrementAndGet);
    try (SourceContent content = transfer.open(PATH, soon())) {
      assertThat(content.readAll()).hasSize(SourceContent.StableRead.MOST_BYTES + 1);
      assertThat(content.entry().isRacy()).isFalse();
    }
    assertThat(opened).as("once more for the reading that finds it too large").hasValue(5);
  }

  @Test
  void aFileThatChangesBetweenTwoReadingsIsNotTakenForStable() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    transfer.sourceEvents.put(
        "open d/file",
        () -> {
          if (opened.getAndIncrement() == 2) {
            Files.writeString(file, "other");
          }
        });
    opened.set(5);
    assertThat(SourceContent.StableRead.take(transfer.tree, PATH)).isNotNull();
    Files.writeString(file, "first");
    opened.set(1);
    assertThat(SourceContent.StableRead.take(transfer.tree, PATH)).isNull();
    opened.set(0);
    Files.writeString(file, "first");
    assertThat(contentAt(soon())).isEqualTo("other");
  }

  /** Its size, its times and its content may each give it away. */
  @Test
  void aFileThatChangesWhileItIsReadIsRefused() throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    for (TransferFixture.Event change :
        new TransferFixture.Event[] {
          () -> Files.writeString(file, "first and more"),
          () -> Files.writeString(file, "1"),
          () -> Files.writeString(file, ""),
          () -> Files.writeString(file, "FIRST"),
          () -> {
            Files.writeString(file, "FIRST");
            Files.setLastModifiedTime(file, time);
          },
          () -> Files.setLastModifiedTime(file, FileTime.fromMillis(1)),
          () -> Files.move(transfer.file("aside", "other"), file, REPLACE_EXISTING),
          () -> Files.delete(file)
        }) {
      Files.deleteIfExists(file);
      Files.writeString(file, "first");
      Files.setLastModifiedTime(file, time);
      transfer.once("read d/file", change);
      assertThatExceptionOfType(SourceChangedException.class)
          .isThrownBy(() -> contentAt(TransferFixture.AHEAD));
      Files.writeString(file, "first");
      transfer.once("stat d/file", change);
      assertThatExceptionOfType(SourceChangedException.class)
          .isThrownBy(
              () -> SourceHash.read(transfer.tree, PATH, TransferFixture.AHEAD, () -> false));
    }
  }

  @Test
  void aFileThatGivesMoreThanItHasIsGivenUpAtOnce() throws IOException {
    SourceEntry entry = transfer.entry("d/file");
    SourceFile endless =
        new SourceFile() {
          @Override
          public SourceEntry opened() {
            return entry;
          }

          @Override
          public SourceEntry stat() {
            return entry;
          }

          @Override
          public long allocated() {
            return entry.size();
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            return length;
          }

          @Override
          public void close() {}
        };
    SourceTree tree =
        (SourceTree)
            Proxy.newProxyInstance(
                SourceTree.class.getClassLoader(),
                new Class<?>[] {SourceTree.class},
                (_, _, _) -> endless);
    try (SourceContent content =
        SourceContent.open(tree, PATH, TransferFixture.AHEAD, () -> false, transfer.progress)) {
      content.read(new byte[5], 0, 5);
      assertThatExceptionOfType(SourceChangedException.class)
          .isThrownBy(() -> content.read(new byte[1], 0, 1));
    }
  }

  @Test
  void whatIsNoFileIsNotThere() throws IOException {
    Files.delete(file);
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> transfer.open(PATH));
    transfer.link("d/file", "../other");
    transfer.file("other", "never read");
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> transfer.open(PATH));
    Files.delete(file);
    Files.createDirectory(file);
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> transfer.open(PATH));
  }

  @Test
  void nothingIsReadOnceItIsToStop() throws IOException {
    try (SourceContent content = transfer.open(PATH)) {
      transfer.stopping = true;
      assertThatExceptionOfType(StoppedException.class)
          .isThrownBy(() -> content.read(new byte[9], 0, 9));
      assertThat(transfer.progress.bytesSent()).isZero();
    }
  }

  @Test
  void theHashIsOfAllThatWasReadHoweverItWasRead() throws IOException {
    byte[] bytes = new byte[300_001];
    Arrays.fill(bytes, 1000, 200_000, (byte) 7);
    transfer.file("d/file", bytes);
    try (SourceContent one = transfer.open(PATH);
        SourceContent other = transfer.open(PATH)) {
      assertThat(one.hashAll()).isEqualTo(Hashing.sha256().hashBytes(bytes));
      assertThat(other.readAll()).isEqualTo(bytes);
      assertThat(other.hash()).isEqualTo(Hashing.sha256().hashBytes(bytes));
      assertThat(one.bytesRead()).isEqualTo(bytes.length);
      other.leftOut(300_000);
      assertThat(other.bytesSent()).isEqualTo(1);
    }
  }

  @Test
  void aCopyIsGivenNoMoreRoomThanTheFileHasAndNoLessThanALargeFileIsReadBy() throws IOException {
    long size = 64L << 20;
    try (var holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.setLength(size);
    }
    try (SourceContent content = transfer.open(PATH)) {
      assertThat(content.entry().size()).isEqualTo(size);
      assertThat(content.room()).isEqualTo(4 << 20);
    }
    transfer.file("d/file", "small");
    try (SourceContent content = transfer.open(PATH)) {
      assertThat(content.room()).isEqualTo(5);
    }
  }
}
