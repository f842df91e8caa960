package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxSourceTreeTest {
  @TempDir Path temporary;
  private Path root;
  private Path outside;
  private SourceTree tree;

  @BeforeEach
  void open() throws IOException {
    root = Files.createDirectory(temporary.resolve("root"));
    outside = Files.createDirectory(temporary.resolve("outside"));
    tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
  }

  @AfterEach
  void close() {
    tree.close();
  }

  private static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  private SourceEntry stat(String latin1) throws IOException {
    return Objects.requireNonNull(tree.stat(path(latin1)), latin1);
  }

  @Test
  void listsEachKindAsItIs() throws Exception {
    Files.writeString(root.resolve("file"), "12345");
    Files.createDirectory(root.resolve("directory"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("no/where"));
    mkfifo(root.resolve("pipe"));

    var entries = tree.list(RelPath.ROOT);

    assertThat(entries).containsOnlyKeys("file", "directory", "link", "pipe");
    assertThat(entries.get("file")).extracting("kind", "size").containsExactly(EntryKind.FILE, 5L);
    assertThat(entries.get("directory"))
        .extracting("kind", "size")
        .containsExactly(EntryKind.DIRECTORY, 0L);
    assertThat(entries.get("link"))
        .extracting("kind", "linkTarget")
        .containsExactly(EntryKind.SYMLINK, "no/where");
    assertThat(entries.get("pipe")).extracting("kind").isEqualTo(EntryKind.OTHER);
  }

  @Test
  void listAndStatSayTheSame() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("a/file"), "x");
    Files.createSymbolicLink(root.resolve("a/link"), Path.of("file"));

    for (var entry : tree.list(path("a")).entrySet()) {
      assertThat(tree.stat(path("a").child(entry.getKey()))).isEqualTo(entry.getValue());
    }
    assertThat(tree.stat(RelPath.ROOT)).extracting("kind").isEqualTo(EntryKind.DIRECTORY);
  }

  @Test
  void listsADirectoryThatNeedsManyReads() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      names.add("a-rather-long-name-to-fill-the-buffer-" + i);
      Files.createFile(root.resolve(names.getLast()));
    }
    assertThat(tree.list(RelPath.ROOT).keySet()).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void timesHaveNanosecondsAlsoBefore1970() throws Exception {
    Path file = Files.createFile(root.resolve("file"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000, 123456789)));
    assertThat(stat("file").mtimeNanos()).isEqualTo(1_700_000_000_123456789L);
    // The JDK sets no times before 1970.
    run("touch", "-d", "1969-12-31T23:59:58.500000001Z", file.toString());
    assertThat(stat("file").mtimeNanos()).isEqualTo(-1_499_999_999L);
  }

  @Test
  void aNewModeShowsInTheModeAndTheTimeOfTheInode() throws Exception {
    Path file = Files.createFile(root.resolve("file"));
    SourceEntry before = stat("file");
    Files.setAttribute(file, "unix:mode", 06751);
    SourceEntry after = stat("file");

    assertThat(after.mode()).isEqualTo(06751);
    assertThat(after.ctimeNanos()).isGreaterThanOrEqualTo(before.ctimeNanos());
    assertThat(after.ctimeNanos())
        .isEqualTo(nanos((FileTime) Files.getAttribute(file, "unix:ctime")));
    assertThat(after.mtimeNanos()).isEqualTo(before.mtimeNanos());
  }

  private static long nanos(FileTime time) {
    Instant instant = time.toInstant();
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }

  @Test
  void deviceAndInodeAreThoseOfTheKernel() throws Exception {
    Path file = Files.createFile(root.resolve("file"));
    Files.createLink(root.resolve("other-name"), file);
    assertThat(stat("file").inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
    assertThat(stat("file")).isEqualTo(stat("other-name"));
    assertThat(stat("file").device()).isEqualTo(tree.identity().device());
  }

  @Test
  void whatIsMissingIsNullOrAnErrorThatSaysSo() throws Exception {
    Files.createFile(root.resolve("file"));
    assertThat(tree.stat(path("gone"))).isNull();
    assertThat(tree.stat(path("gone/below"))).isNull();
    assertThat(tree.stat(path("file/below"))).isNull();
    assertThat(tree.stat(path("n".repeat(256)))).isNull();
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> tree.list(path("gone")));
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> tree.list(path("file")));
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> tree.open(path("gone")));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> tree.open(path("file/below")));
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> tree.open(RelPath.ROOT));
  }

  @Test
  void errorsShowThePathEscaped() {
    assertThatThrownBy(() -> tree.list(path("a\nb\u00ff"))).hasMessageContaining("a\\nb\\xff");
  }

  @Test
  void readsAFileFromItsBeginningInPiecesOfAnySize() throws Exception {
    byte[] content = "relais ".repeat(30_000).getBytes(UTF_8);
    Files.write(root.resolve("file"), content);
    byte[] read = new byte[content.length + 10];
    try (SourceFile file = tree.open(path("file"))) {
      assertThat(file.read(read, 0, 0)).isZero();
      assertThat(file.read(read, 0, 3)).isEqualTo(3);
      assertThat(file.read(read, 3, read.length - 3)).isEqualTo(content.length - 3);
      assertThat(file.read(read, 0, 1)).isZero();
      assertThat(file.stat()).isEqualTo(stat("file"));
    }
    assertThat(read).startsWith(content);
  }

  @Test
  void anOpenFileStaysItselfWhenItsNameIsTaken() throws Exception {
    Files.writeString(root.resolve("file"), "old");
    try (SourceFile file = tree.open(path("file"))) {
      Files.delete(root.resolve("file"));
      Files.writeString(root.resolve("file"), "new content");
      byte[] read = new byte[100];
      assertThat(new String(read, 0, file.read(read, 0, 100), UTF_8)).isEqualTo("old");
      assertThat(file.stat().size()).isEqualTo(3);
    }
  }

  @Test
  void aPipeIsRefusedWithoutWaitingForAWriter() throws Exception {
    mkfifo(root.resolve("pipe"));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> tree.open(path("pipe")))
        .withMessageContaining("no longer a regular file");
  }

  @Test
  void aParentSwappedForASymlinkLeadsNowhere() throws Exception {
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createDirectory(root.resolve("directory"));
    Files.writeString(root.resolve("directory/secret"), "public");
    assertThat(tree.list(path("directory"))).containsKey("secret");

    Files.move(root.resolve("directory"), root.resolve("moved"));
    Files.createSymbolicLink(root.resolve("directory"), outside);

    assertThat(tree.stat(path("directory/secret"))).isNull();
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> tree.open(path("directory/secret")));
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> tree.list(path("directory")));
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> tree.list(path("directory/below")));
  }

  @Test
  void aFileSwappedForASymlinkIsRefused() throws Exception {
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createSymbolicLink(root.resolve("file"), outside.resolve("secret"));
    assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> tree.open(path("file")));
  }

  @Test
  void aListingIsWholeWhileEntriesComeAndGo() throws Exception {
    Files.createFile(root.resolve("stays"));
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> churn =
          executor.submit(
              () -> {
                for (int i = 0; i < 500; i++) {
                  Path entry = Files.createFile(root.resolve("comes-" + i));
                  Files.delete(entry);
                  Files.createSymbolicLink(entry, Path.of("target"));
                  Files.delete(entry);
                }
                return null;
              });
      while (!churn.isDone()) {
        assertThat(tree.list(RelPath.ROOT)).containsKey("stays");
      }
      churn.get();
    }
  }

  @Test
  void theOpenDirectoryIsReadWhateverItsPathLeadsToByNow() throws Exception {
    Path directory = Files.createDirectory(root.resolve("source"));
    Files.createFile(directory.resolve("file"));
    try (SourceTree inner = LinuxSourceTree.open(directory, LinkPolicy.PRESERVE)) {
      assertThat(inner.isCurrent()).isTrue();
      Files.move(directory, root.resolve("moved"));
      assertThat(inner.isCurrent()).isFalse();
      assertThat(inner.list(RelPath.ROOT)).containsOnlyKeys("file");
      Files.createDirectory(directory);
      assertThat(inner.isCurrent()).isFalse();
    }
  }

  @Test
  void theRootMayBeReachedThroughASymlink() throws Exception {
    Files.createFile(outside.resolve("file"));
    Path link = Files.createSymbolicLink(root.resolve("link"), outside);
    try (SourceTree linked = LinuxSourceTree.open(link, LinkPolicy.PRESERVE)) {
      assertThat(linked.list(RelPath.ROOT)).containsOnlyKeys("file");
      Files.delete(link);
      Files.createSymbolicLink(link, root);
      assertThat(linked.isCurrent()).isFalse();
    }
  }

  @Test
  void aRootThatIsNoDirectoryIsNamedInTheError() throws Exception {
    Path file = Files.createFile(root.resolve("file"));
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> LinuxSourceTree.open(file, LinkPolicy.PRESERVE))
        .withMessageContaining(file.toString());
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> LinuxSourceTree.open(root.resolve("gone"), LinkPolicy.PRESERVE));
  }

  @Test
  void aPathLongerThanTheKernelTakesAtOnceIsReadAllTheSame() throws Exception {
    // Made from the bottom up, since no call takes the whole path.
    String name = "d".repeat(250);
    RelPath deepest = RelPath.ROOT;
    Path top = root.resolve("top");
    Files.createDirectory(top);
    for (int i = 0; i < 20; i++) {
      Path above = Files.createDirectory(root.resolve("above"));
      Files.move(top, above.resolve(name));
      Files.move(above, top);
      deepest = deepest.child(name);
    }
    RelPath path = RelPath.ofLatin1("top/" + deepest.latin1());
    assertThat(path.latin1().length()).isGreaterThan(4096);
    assertThat(tree.list(path)).isEmpty();
    unnest(top, name);
  }

  /** What deletes the temporary directory can't reach so deep. */
  private void unnest(Path top, String name) throws IOException {
    while (Files.exists(top.resolve(name))) {
      Path inner = root.resolve("inner");
      Files.move(top.resolve(name), inner);
      Files.delete(top);
      Files.move(inner, top);
    }
  }

  @Test
  void noDescriptorIsLeft() throws Exception {
    Files.createDirectories(root.resolve("a/b/c"));
    Files.createFile(root.resolve("a/b/c/file"));
    Files.createSymbolicLink(root.resolve("a/link"), outside);
    mkfifo(root.resolve("a/pipe"));
    tree.stat(path("a/b/c/file"));
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      LinuxSourceTree.open(root, LinkPolicy.FOLLOW).close();
      tree.stat(path("a/b/c/file"));
      tree.stat(path("a/b/gone/file"));
      tree.list(path("a/b/c"));
      tree.open(path("a/b/c/file")).close();
      assertThatThrownBy(() -> tree.list(path("a/link"))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> tree.list(path("a/b/c/file"))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> tree.open(path("a/pipe"))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> tree.open(path("a/b"))).isInstanceOf(IOException.class);
    }
    assertThat(descriptors()).isLessThan(before + 20);
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void closingWhileOthersReadMakesThemFailAndNothingWorse() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        readers.add(
            executor.submit(
                () -> {
                  assertThatThrownBy(
                          () -> {
                            while (true) {
                              assertThat(tree.list(path("a"))).containsOnlyKeys("b");
                            }
                          })
                      .isInstanceOf(ClosedChannelException.class);
                }));
      }
      assertThat(tree.list(path("a"))).containsOnlyKeys("b");
      tree.close();
      tree.close();
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  @Test
  void readingAClosedFileFails() throws Exception {
    Files.createFile(root.resolve("file"));
    SourceFile file = tree.open(path("file"));
    file.close();
    file.close();
    assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(file::stat);
    assertThatExceptionOfType(ClosedChannelException.class)
        .isThrownBy(() -> file.read(new byte[1], 0, 1));
  }

  @Test
  void permissionsOfADirectoryAreRead() throws Exception {
    Path directory = Files.createDirectory(root.resolve("directory"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x---"));
    assertThat(stat("directory").mode()).isEqualTo(0710);
  }

  private static void mkfifo(Path path) throws Exception {
    run("mkfifo", path.toString());
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }
}
