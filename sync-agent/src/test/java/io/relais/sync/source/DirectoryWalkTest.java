package io.relais.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.OpenHow;
import io.relais.linux.Scratch;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way down in one call, and one component at a time, must come to the same. */
class DirectoryWalkTest {
  private static final String[] PATH = {"a", "b", "c", "d"};

  @TempDir Path temporary;
  private Path root;
  private Path outside;

  @BeforeEach
  void makeDirectories() throws IOException {
    root = Files.createDirectory(temporary.resolve("root"));
    outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(Files.createDirectories(root.resolve("a/b/c/d")).resolve("file"), "in");
    Files.writeString(Files.createDirectories(outside.resolve("a/b/c/d")).resolve("file"), "out!");
  }

  private static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  private SourceTree tree(boolean atOnce) throws IOException {
    return LinuxSourceTree.open(SourcePath.of(root), LinkPolicy.PRESERVE, atOnce);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsWhatIsDeepDown(boolean atOnce) throws Exception {
    try (SourceTree tree = tree(atOnce)) {
      assertThat(tree.list(path("a/b/c/d"))).containsOnlyKeys("file");
      assertThat(tree.stat(path("a/b/c/d/file"))).extracting("size").isEqualTo(2L);
      try (SourceFile file = tree.open(path("a/b/c/d/file"))) {
        assertThat(file.opened()).isEqualTo(tree.stat(path("a/b/c/d/file")));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSymlinkAnywhereOnTheWayIsRefused(boolean atOnce) throws Exception {
    try (SourceTree tree = tree(atOnce)) {
      for (int i = 0; i < PATH.length; i++) {
        Path swapped = root.resolve(String.join("/", PATH).substring(0, 2 * i + 1));
        Path aside = root.resolve("aside");
        Files.move(swapped, aside);
        // To the outside, by an absolute path and by one with "..", and to what was there before.
        String up = "../".repeat(i + 1) + "outside/";
        String way = root.relativize(swapped).toString();
        for (Path link :
            new Path[] {
              outside.resolve(way), Path.of(up + way), Path.of("../".repeat(i) + "aside")
            }) {
          Files.createSymbolicLink(swapped, link);
          assertThat(Files.exists(root.resolve("a/b/c/d/file"))).isTrue();
          assertLeadsNowhere(tree);
          Files.delete(swapped);
        }
        Files.move(aside, swapped);
      }
      assertThat(tree.stat(path("a/b/c/d/file"))).isNotNull();
    }
  }

  private static void assertLeadsNowhere(SourceTree tree) throws IOException {
    assertThat(tree.stat(path("a/b/c/d/file"))).isNull();
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> tree.open(path("a/b/c/d/file")));
    assertThatExceptionOfType(NotDirectoryException.class)
        .isThrownBy(() -> tree.list(path("a/b/c/d")))
        .withMessage("a/b/c/d");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsMissingOrNoDirectoryIsNamedTheSame(boolean atOnce) throws Exception {
    try (SourceTree tree = tree(atOnce)) {
      for (String missing : new String[] {"x/b/c", "a/x/c", "a/b/x", "a/b/" + "n".repeat(256)}) {
        assertThat(tree.stat(path(missing + "/file"))).isNull();
        assertThatExceptionOfType(NoSuchFileException.class)
            .isThrownBy(() -> tree.list(path(missing)))
            .withMessage(missing);
        assertThatExceptionOfType(NoSuchFileException.class)
            .isThrownBy(() -> tree.open(path(missing + "/file")));
      }
      for (String wrong : new String[] {"a/b/c/d/file", "a/b/c/d/file/below"}) {
        assertThat(tree.stat(path(wrong + "/below"))).isNull();
        assertThatExceptionOfType(NotDirectoryException.class)
            .isThrownBy(() -> tree.list(path(wrong)))
            .withMessage(wrong);
        assertThatExceptionOfType(NoSuchFileException.class)
            .isThrownBy(() -> tree.open(path(wrong + "/below")));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPathOverTheKernelsLimitIsWalked(boolean atOnce) throws Exception {
    String name = "d".repeat(250);
    Path top = root.resolve("top");
    Files.createDirectory(top);
    Files.writeString(top.resolve("file"), "deep");
    String longest = "top";
    for (int i = 0; i < 17; i++) {
      Path above = Files.createDirectory(root.resolve("above"));
      Files.move(top, above.resolve(name));
      Files.move(above, top);
      longest += "/" + name;
    }
    assertThat(longest.length()).isGreaterThan(4096);
    try (SourceTree tree = tree(atOnce)) {
      assertThat(tree.list(path(longest))).containsOnlyKeys("file");
      assertThat(tree.stat(path(longest + "/file"))).extracting("size").isEqualTo(4L);
      tree.open(path(longest + "/file")).close();
    }
    // What deletes the temporary directory can't reach so deep.
    while (Files.exists(top.resolve(name))) {
      Path inner = Files.move(top.resolve(name), root.resolve("inner"));
      Files.delete(top);
      Files.move(inner, top);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void followingSymlinksIsAlwaysDoneStepByStep(boolean atOnce) throws Exception {
    Files.createSymbolicLink(root.resolve("a/b/out"), outside);
    Files.createSymbolicLink(root.resolve("a/b/up"), Path.of(".."));
    try (SourceTree tree = LinuxSourceTree.open(SourcePath.of(root), LinkPolicy.FOLLOW, atOnce)) {
      assertThat(tree.stat(path("a/b/out/a/b/c/d/file"))).extracting("size").isEqualTo(4L);
      assertThatExceptionOfType(FileSystemLoopException.class)
          .isThrownBy(() -> tree.list(path("a/b/up/b")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void neverLeavesTheRootWhileADirectoryAndASymlinkTakeTurns(boolean atOnce) throws Exception {
    Path turns = root.resolve("a/b");
    Path aside = root.resolve("aside");
    Path link = root.resolve("link");
    try (SourceTree tree = tree(atOnce);
        ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<?> swapping =
          executor.submit(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  Files.createSymbolicLink(link, outside.resolve("a/b"));
                  Files.move(turns, aside);
                  Files.move(link, turns, StandardCopyOption.ATOMIC_MOVE);
                  Files.delete(turns);
                  Files.move(aside, turns);
                }
                return null;
              });
      while (!swapping.isDone()) {
        SourceEntry entry = tree.stat(path("a/b/c/d/file"));
        assertThat(entry == null ? 2 : entry.size()).isEqualTo(2);
      }
      swapping.get();
    }
  }

  @Test
  void theKernelSaysByItselfWhatIsInTheWay() throws Exception {
    Files.createSymbolicLink(root.resolve("a/link"), Path.of("b"));
    int flags = Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC;
    try (Scratch scratch = new Scratch();
        Fd start =
            Fd.owned(
                Libc.openat(
                    scratch.errno(), Libc.AT_FDCWD, scratch.string(root.toString()), flags))) {
      int found = openAtOnce(scratch, start, "a/b/c", flags);
      assumeTrue(found != -Errno.ENOSYS && found != -Errno.EPERM, "no openat2 here");
      assertThat(found).isNotNegative();
      Libc.close(found);
      assertThat(openAtOnce(scratch, start, "a/link/c", flags)).isEqualTo(-Errno.ELOOP);
      assertThat(openAtOnce(scratch, start, "a/link", flags)).isEqualTo(-Errno.ELOOP);
      assertThat(openAtOnce(scratch, start, "a/x/c", flags)).isEqualTo(-Errno.ENOENT);
      assertThat(openAtOnce(scratch, start, "../outside", flags)).isNegative();
      assertThat(openAtOnce(scratch, start, "/", flags)).isNegative();
    }
  }

  private static int openAtOnce(Scratch scratch, Fd start, String path, int flags) {
    return Libc.openat2(
        scratch.errno(), start.number(), scratch.string(path), OpenHow.plainlyBelow(flags));
  }
}
