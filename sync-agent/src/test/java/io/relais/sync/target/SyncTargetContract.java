package io.relais.sync.target;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.plan.TemporaryNames;
import io.relais.sync.target.SyncTarget.Staged;
import io.relais.sync.target.TargetException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link SyncTarget} promises; every implementation runs it. */
public abstract class SyncTargetContract {
  private static final long TIME = 1_700_000_001L;

  private final AtomicInteger losses = new AtomicInteger();
  private final TemporaryNamer names = new TemporaryNamer("contract");
  private TargetLink link;
  private SyncTarget target;

  /** A link to a place that is not there yet; the directory above it is. */
  protected abstract TargetLink newLink(TemporaryNamer names) throws Exception;

  /** The same, on a disk with room for about 4 MiB. */
  protected abstract TargetLink newSmallLink(TemporaryNamer names) throws Exception;

  /** Breaks all connections that there are; new ones are possible. */
  protected abstract void cutConnections() throws Exception;

  /**
   * Whether it is a Linux disk: it keeps setuid, setgid and sticky bits, and what a symlink says to
   * the last slash, and its names end at 255 bytes.
   */
  protected abstract boolean isLinuxDisk();

  /** Whether the server keeps even the owner to the modes. */
  protected abstract boolean enforcesModes();

  @BeforeEach
  void connect() throws Exception {
    link = newLink(names);
    target = link.open(losses::incrementAndGet);
    target.makeDirectory(RelPath.ROOT, 0755);
  }

  @AfterEach
  void disconnect() {
    target.close();
  }

  private static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  private Staged stage(String path, byte[] content, int mode) throws IOException {
    return target.stageFile(path(path), TestContent.of(content), TIME, mode, content.length);
  }

  private void put(String path, byte[] content) throws IOException {
    publish(stage(path, content, 0644));
  }

  private void put(String path, String content) throws IOException {
    put(path, content.getBytes(UTF_8));
  }

  private void putLink(String path, String text) throws IOException {
    publish(target.stageSymlink(path(path), text, TIME));
  }

  private void publish(Staged... staged) throws IOException {
    assertThat(target.publish(List.of(staged))).allMatch(Optional::isEmpty);
  }

  private byte[] read(String path) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    target.read(path(path), bytes::write);
    return bytes.toByteArray();
  }

  private TargetEntry at(String path) throws IOException {
    return requireNonNull(target.stat(path(path)), path);
  }

  private static void assertRefused(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TargetException.class,
            e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }

  @Test
  void saysWhatIsThereAndWhatIsNot() throws IOException {
    put("file", "four");
    target.makeDirectory(path("directory"), 0755);
    putLink("link", "nowhere");
    assertThat(target.stat(path("file")))
        .isEqualTo(new TargetEntry(Kind.FILE, 4, TIME, 0644, null));
    assertThat(at("directory").kind()).isEqualTo(Kind.DIRECTORY);
    assertThat(at("directory").size()).isZero();
    assertThat(at("link").kind()).isEqualTo(Kind.SYMLINK);
    assertThat(at("link").linkTarget()).isEqualTo("nowhere");
    assertThat(at("link").mode()).isEqualTo(0777);
    assertThat(target.stat(path("nothing"))).isNull();
    assertThat(target.stat(path("no/where"))).isNull();
    assertThat(target.stat(path("file/below"))).isNull();
    assertThat(at("").kind()).isEqualTo(Kind.DIRECTORY);
  }

  @Test
  void listsWhatIsInADirectory() throws IOException {
    assertThat(target.list(RelPath.ROOT)).isEmpty();
    put("file", "four");
    putLink("link", "file");
    target.makeDirectory(path("directory"), 0755);
    put("directory/below", "x");
    Map<String, TargetEntry> found = target.list(RelPath.ROOT);
    assertThat(found).containsOnlyKeys("file", "link", "directory");
    assertThat(found).containsEntry("file", at("file")).containsEntry("link", at("link"));
    assertThat(target.list(path("directory"))).containsOnlyKeys("below");
    assertRefused(Reason.NOT_FOUND, () -> target.list(path("nothing")));
    assertRefused(Reason.NOT_FOUND, () -> target.list(path("file")));
  }

  @Test
  void listsAThousandEntries() throws Exception {
    List<Staged> staged = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      staged.add(stage("f" + i, new byte[i % 3], 0640));
    }
    for (int i = 0; i < 100; i++) {
      staged.add(target.stageSymlink(path("l" + i), "to" + i, TIME));
    }
    publish(staged.toArray(Staged[]::new));
    Map<String, TargetEntry> found = target.list(RelPath.ROOT);
    assertThat(found).hasSize(1000);
    assertThat(found)
        .containsEntry("f899", new TargetEntry(Kind.FILE, 2, TIME, 0640, null))
        .hasEntrySatisfying("l99", entry -> assertThat(entry.linkTarget()).isEqualTo("to99"));
  }

  @Test
  void makesDirectoriesThatTheirOwnerCanFill() throws IOException {
    target.makeDirectory(path("a"), 0555);
    target.makeDirectory(path("a"), 0700);
    target.makeDirectory(path("a/b"), 0755);
    put("a/b/file", "x");
    assertThat(at("a").mode() & 0700).isEqualTo(0700);
    assertRefused(Reason.NOT_FOUND, () -> target.makeDirectory(path("no/where"), 0755));
    assertRefused(Reason.FAILURE, () -> target.makeDirectory(path("a/b/file"), 0755));
    putLink("link", "a");
    assertRefused(Reason.FAILURE, () -> target.makeDirectory(path("link"), 0755));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32_767, 32_768, 32_769, 131_072, 131_073, 5 << 20})
  void keepsContentOfEachSize(int size) throws IOException {
    byte[] content = TestContent.bytes(size, size);
    Staged staged = stage("file", content, 0640);
    assertThat(target.stat(path("file"))).isNull();
    publish(staged);
    assertThat(target.stat(path("file")))
        .isEqualTo(new TargetEntry(Kind.FILE, size, TIME, 0640, null));
    assertThat(read("file")).isEqualTo(content);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
  }

  @Test
  void keepsContentThatIsNotOfTheSizeExpected() throws IOException {
    byte[] content = TestContent.bytes(100_000, 1);
    publish(target.stageFile(path("more"), TestContent.of(content), TIME, 0644, 70_000));
    publish(target.stageFile(path("less"), TestContent.of(content), TIME, 0644, 500_000));
    assertThat(read("more")).isEqualTo(content);
    assertThat(read("less")).isEqualTo(content);
  }

  @Test
  void hidesAFileFromOthersUntilItHasItsMode() throws IOException {
    put("key", "old");
    AtomicInteger looks = new AtomicInteger();
    byte[] content = TestContent.bytes(300_000, 1);
    Staged staged =
        target.stageFile(
            path("key"),
            TestContent.of(
                content,
                () -> {
                  Map<String, TargetEntry> found = target.list(RelPath.ROOT);
                  found.forEach(
                      (name, entry) -> {
                        if (TemporaryNames.isTemporary(name)) {
                          assertThat(entry.mode()).isEqualTo(0600);
                          looks.incrementAndGet();
                        }
                      });
                }),
            TIME,
            0444,
            content.length);
    assertThat(looks).hasPositiveValue();
    assertThat(at(staged.temporary().latin1()).mode()).isEqualTo(0444);
    assertThat(read("key")).isEqualTo("old".getBytes(UTF_8));
    publish(staged);
    assertThat(at("key").mode()).isEqualTo(0444);
  }

  @ParameterizedTest
  @ValueSource(ints = {0400, 0444, 0600, 0640, 0755, 0777, 04755, 02644, 01600})
  void keepsModesOfFiles(int mode) throws IOException {
    assumeTrue(mode <= 0777 || isLinuxDisk(), "special bits can't be kept there");
    publish(stage("file", new byte[3], mode));
    assertThat(at("file").mode()).isEqualTo(mode);
    publish(stage("file", new byte[4], 0644));
    target.setMode(path("file"), mode);
    assertThat(at("file").mode()).isEqualTo(mode);
  }

  @ParameterizedTest
  @ValueSource(ints = {0555, 0700, 0750, 0777, 02775, 01777})
  void keepsModesOfDirectories(int mode) throws IOException {
    assumeTrue(mode <= 0777 || isLinuxDisk(), "special bits can't be kept there");
    target.makeDirectory(path("directory"), 0755);
    target.setAttributes(path("directory"), new TargetEntry(Kind.DIRECTORY, 0, TIME, mode, null));
    assertThat(target.stat(path("directory")))
        .isEqualTo(new TargetEntry(Kind.DIRECTORY, 0, TIME, mode, null));
    target.setMode(path("directory"), 0700);
    assertThat(at("directory").mode()).isEqualTo(0700);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1_700_000_001, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
  void keepsTimes(long seconds) throws IOException {
    publish(target.stageFile(path("f"), TestContent.of(new byte[1]), seconds, 0644, 1));
    assertThat(at("f").mtimeSeconds()).isEqualTo(seconds);
    put("g", "x");
    target.setAttributes(path("g"), new TargetEntry(Kind.FILE, 1, seconds, 0600, null));
    assertThat(target.stat(path("g")))
        .isEqualTo(new TargetEntry(Kind.FILE, 1, seconds, 0600, null));
  }

  @Test
  void keepsTimesOfSymlinks() throws IOException {
    assumeTrue(target.setsSymlinkTimes(), "times of symlinks can't be set there");
    put("file", "x");
    putLink("link", "file");
    assertThat(at("link").mtimeSeconds()).isEqualTo(TIME);
    target.setAttributes(path("link"), new TargetEntry(Kind.SYMLINK, 0, 5, 0777, "file"));
    assertThat(at("link").mtimeSeconds()).isEqualTo(5);
    assertThat(at("file").mtimeSeconds()).isEqualTo(TIME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "../up", "/abso/lute", "\u00ff\n\\ [x] ", "-rf", "../up/", "a//b/./../b"})
  void keepsWhatASymlinkSays(String text) throws IOException {
    assumeTrue(isLinuxDisk() || !text.matches(".*(//|/\\.|/$).*"), "such texts are not kept there");
    putLink("link", text);
    assertThat(at("link").linkTarget()).isEqualTo(text);
    assertThat(target.list(RelPath.ROOT))
        .hasEntrySatisfying("link", entry -> assertThat(entry.linkTarget()).isEqualTo(text));
  }

  @Test
  void keepsWhatALongSymlinkSays() throws IOException {
    String text = "0123456789/".repeat(300) + "end";
    putLink("link", text);
    assertThat(at("link").linkTarget()).isEqualTo(text);
  }

  @Test
  void keepsNamesByteForByte() throws IOException {
    List<String> odd =
        List.of(
            "new\nline",
            "\u00ff\u0080",
            "x".repeat(255),
            "-rf",
            "[",
            "back\\slash",
            "trailing ",
            " leading",
            "*?",
            "\u0001\u007f",
            "\"quote'",
            "#",
            "\r",
            new String("\uD83D\uDE80".getBytes(UTF_8), ISO_8859_1));
    for (String name : odd) {
      target.makeDirectory(path(name), 0755);
      put(name + "/" + name, name);
      putLink(name + "/link", name);
    }
    assertThat(target.list(RelPath.ROOT).keySet()).containsExactlyInAnyOrderElementsOf(odd);
    for (String name : odd) {
      assertThat(target.list(path(name))).containsOnlyKeys(name, "link");
      assertThat(at(name + "/link").linkTarget()).isEqualTo(name);
      assertThat(read(name + "/" + name)).isEqualTo(name.getBytes(UTF_8));
      target.removeFile(path(name + "/" + name));
      target.removeFile(path(name + "/link"));
      target.removeDirectory(path(name));
    }
    assertThat(target.list(RelPath.ROOT)).isEmpty();
  }

  @Test
  void refusesANameThatIsTooLong() {
    assumeTrue(isLinuxDisk(), "names have no limit there");
    assertRefused(Reason.FAILURE, () -> target.makeDirectory(path("x".repeat(256)), 0755));
  }

  @Test
  void replacesFilesAndSymlinks() throws IOException {
    put("a", "old");
    putLink("b", "old");
    putLink("c", "old");
    publish(
        stage("a", "new".getBytes(UTF_8), 0600),
        stage("b", "file".getBytes(UTF_8), 0600),
        target.stageSymlink(path("c"), "new", TIME));
    assertThat(read("a")).isEqualTo("new".getBytes(UTF_8));
    assertThat(at("b").kind()).isEqualTo(Kind.FILE);
    assertThat(at("c").linkTarget()).isEqualTo("new");
    publish(target.stageSymlink(path("a"), "link", TIME));
    assertThat(at("a").linkTarget()).isEqualTo("link");
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("a", "b", "c");
  }

  @Test
  void goesOnAfterARefusalAndReplacesNoDirectory() throws IOException {
    target.makeDirectory(path("directory"), 0755);
    target.makeDirectory(path("full"), 0755);
    put("full/x", "x");
    List<Optional<TargetException>> results =
        target.publish(
            List.of(
                stage("first", new byte[1], 0644),
                stage("directory", new byte[2], 0644),
                target.stageSymlink(path("full"), "elsewhere", TIME),
                stage("last", new byte[3], 0644)));
    assertThat(results).extracting(Optional::isPresent).containsExactly(false, true, true, false);
    assertThat(at("directory").kind()).isEqualTo(Kind.DIRECTORY);
    assertThat(read("full/x")).hasSize(1);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("first", "directory", "full", "last");
  }

  @Test
  void publishesInTheOrderGiven() throws IOException {
    publish(
        stage("same", "first".getBytes(UTF_8), 0644),
        stage("same", "second".getBytes(UTF_8), 0644),
        stage("same", "third".getBytes(UTF_8), 0644));
    assertThat(read("same")).isEqualTo("third".getBytes(UTF_8));
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("same");
    assertThat(target.publish(List.of())).isEmpty();
  }

  @Test
  void showsAReaderOneWholeFileOrTheOther() throws Exception {
    byte[] one = TestContent.bytes(70_000, 1);
    byte[] other = TestContent.bytes(90_000, 2);
    put("file", one);
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> reader =
          threads.submit(
              () -> {
                int reads = 0;
                while (!stop.get() || reads == 0) {
                  assertThat(read("file")).isIn(one, other);
                  reads++;
                }
                return reads;
              });
      for (int i = 0; i < 30; i++) {
        put("file", i % 2 == 0 ? other : one);
      }
      stop.set(true);
      assertThat(reader.get()).isPositive();
    }
  }

  @Test
  void dropsWhatWasStaged() throws IOException {
    Staged staged = stage("file", new byte[10], 0644);
    assertThat(target.stat(staged.temporary())).isNotNull();
    target.discard(staged);
    target.discard(staged);
    assertThat(target.list(RelPath.ROOT)).isEmpty();
  }

  @Test
  void movesAnythingAside() throws IOException {
    target.makeDirectory(path("d"), 0755);
    target.makeDirectory(path("d/below"), 0755);
    put("d/below/file", "x");
    putLink("d/link", "x");
    for (String each : List.of("d/below", "d/link", "d")) {
      RelPath aside = target.moveAside(path(each));
      assertThat(target.stat(path(each))).isNull();
      assertThat(target.stat(aside)).isNotNull();
      assertThat(names.isOurs(aside.name())).isTrue();
      assertThat(aside.parent()).isEqualTo(path(each).parent());
    }
    assertRefused(Reason.NOT_FOUND, () -> target.moveAside(path("nothing")));
  }

  @Test
  void removesWhatIsThere() throws IOException {
    put("file", "x");
    putLink("link", "file");
    target.makeDirectory(path("d"), 0755);
    put("d/file", "x");
    assertRefused(Reason.FAILURE, () -> target.removeDirectory(path("d")));
    assertRefused(Reason.FAILURE, () -> target.removeFile(path("d")));
    target.removeFile(path("link"));
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file", "d");
    target.removeFile(path("file"));
    target.removeFile(path("d/file"));
    target.removeDirectory(path("d"));
    target.removeFile(path("file"));
    target.removeDirectory(path("d"));
    target.removeFile(path("no/where"));
    assertThat(target.list(RelPath.ROOT)).isEmpty();
  }

  @Test
  void readsOnlyFiles() throws IOException {
    target.makeDirectory(path("d"), 0755);
    assertRefused(Reason.NOT_FOUND, () -> read("nothing"));
    assertThatThrownBy(() -> read("d")).isInstanceOf(TargetException.class);
  }

  @Test
  void stopsReadingWhenNobodyTakesIt() throws IOException {
    put("file", TestContent.bytes(1 << 20, 1));
    assertThatThrownBy(
            () ->
                target.read(
                    path("file"),
                    (bytes, offset, length) -> {
                      throw new IOException("enough");
                    }))
        .hasMessage("enough");
    assertThat(read("file")).hasSize(1 << 20);
  }

  @Test
  void refusesWhatThereIsNoPlaceFor() throws IOException {
    put("file", "x");
    assertRefused(Reason.NOT_FOUND, () -> stage("no/where", new byte[1], 0644));
    assertRefused(Reason.NOT_FOUND, () -> target.stageSymlink(path("no/where"), "x", TIME));
    assertRefused(Reason.NOT_FOUND, () -> target.setMode(path("nothing"), 0644));
    assertRefused(
        Reason.NOT_FOUND,
        () ->
            target.setAttributes(path("nothing"), new TargetEntry(Kind.FILE, 0, TIME, 0644, null)));
  }

  @Test
  void respectsModesAtTheServer() throws IOException {
    assumeTrue(enforcesModes(), "the server looks at no modes");
    target.makeDirectory(path("locked"), 0755);
    put("locked/file", "x");
    target.setMode(path("locked"), 0555);
    put("unreadable", "x");
    target.setMode(path("unreadable"), 0);
    assertRefused(Reason.PERMISSION_DENIED, () -> stage("locked/new", new byte[1], 0644));
    assertRefused(
        Reason.PERMISSION_DENIED, () -> target.stageSymlink(path("locked/new"), "x", TIME));
    assertRefused(Reason.PERMISSION_DENIED, () -> target.removeFile(path("locked/file")));
    assertRefused(Reason.PERMISSION_DENIED, () -> target.moveAside(path("locked/file")));
    assertRefused(Reason.PERMISSION_DENIED, () -> target.makeDirectory(path("locked/d"), 0755));
    assertRefused(Reason.PERMISSION_DENIED, () -> read("unreadable"));
    target.setMode(path("locked"), 0755);
  }

  @Test
  void leavesNothingOfAFileThatChanged() throws IOException {
    byte[] content = TestContent.bytes(400_000, 1);
    AtomicInteger reads = new AtomicInteger();
    assertThatThrownBy(
            () ->
                target.stageFile(
                    path("file"),
                    TestContent.of(
                        content,
                        () -> {
                          if (reads.incrementAndGet() == 3) {
                            throw new SourceChangedException("it changed");
                          }
                        }),
                    TIME,
                    0644,
                    content.length))
        .isInstanceOf(SourceChangedException.class);
    assertThatThrownBy(
            () ->
                target.stageFile(
                    path("file"),
                    TestContent.endingWith(
                        content,
                        () -> {
                          throw new SourceChangedException("it changed");
                        }),
                    TIME,
                    0644,
                    content.length))
        .isInstanceOf(SourceChangedException.class);
    assertThatThrownBy(
            () ->
                target.stageFile(
                    path("file"),
                    TestContent.of(
                        content,
                        () -> {
                          throw new IllegalStateException("a defect");
                        }),
                    TIME,
                    0644,
                    content.length))
        .hasMessage("a defect");
    assertThat(target.list(RelPath.ROOT)).isEmpty();
    assertThat(target.isOpen()).isTrue();
  }

  @Test
  void takesManyFilesAtOnce() throws Exception {
    int count = 500;
    target.makeDirectory(path("d"), 0755);
    List<Callable<Void>> uploads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = "d/" + i;
      byte[] content = TestContent.bytes(1 + i * 97, i);
      uploads.add(
          () -> {
            put(name, content);
            return null;
          });
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> done : threads.invokeAll(uploads)) {
        done.get();
      }
    }
    assertThat(target.list(path("d"))).hasSize(count);
    for (int i = 0; i < count; i += 25) {
      assertThat(read("d/" + i)).isEqualTo(TestContent.bytes(1 + i * 97, i));
    }
  }

  @Test
  void saysWhatRoomThereIs() throws IOException {
    assertThat(target.space())
        .satisfies(space -> assertThat(requireNonNull(space).freeBytes()).isPositive());
  }

  @Test
  void saysThatTheDiskIsFull() throws Exception {
    TargetLink small = newSmallLink(names);
    try (SyncTarget disk = small.open(() -> {})) {
      disk.makeDirectory(RelPath.ROOT, 0755);
      byte[] some = TestContent.bytes(1 << 20, 1);
      assertThat(
              disk.publish(
                  List.of(disk.stageFile(path("fits"), TestContent.of(some), TIME, 0644, 1 << 20))))
          .containsExactly(Optional.empty());
      byte[] much = TestContent.bytes(6 << 20, 2);
      assertThatThrownBy(
              () -> disk.stageFile(path("big"), TestContent.of(much), TIME, 0644, much.length))
          .isInstanceOfSatisfying(
              TargetException.class,
              e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.NO_SPACE))
          .hasMessageContaining("disk is full")
          .hasMessageContaining("bytes");
      assertThat(disk.list(RelPath.ROOT)).containsOnlyKeys("fits");
      assertThat(
              disk.publish(
                  List.of(disk.stageFile(path("too"), TestContent.of(some), TIME, 0644, 1 << 20))))
          .containsExactly(Optional.empty());
    }
  }

  @Test
  void failsEverythingUnderWayWhenTheConnectionIsLost() throws Exception {
    int count = 20;
    AtomicInteger started = new AtomicInteger();
    List<Future<Staged>> uploads = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        RelPath path = path("f" + i);
        SyncTarget.Content content = TestContent.endless(started::incrementAndGet);
        uploads.add(threads.submit(() -> target.stageFile(path, content, TIME, 0644, 1 << 20)));
      }
      await().untilAtomic(started, org.hamcrest.Matchers.equalTo(count));
      cutConnections();
      for (Future<Staged> upload : uploads) {
        assertThatThrownBy(upload::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(TargetUnavailableException.class);
      }
    }
    await().untilAsserted(() -> assertThat(losses).hasValue(1));
    assertThat(target.isOpen()).isFalse();
    assertThatThrownBy(() -> target.stat(RelPath.ROOT))
        .isInstanceOf(TargetUnavailableException.class);
    assertThatThrownBy(() -> stage("x", new byte[1], 0644))
        .isInstanceOf(TargetUnavailableException.class);
    target.close();
    target = link.open(() -> {});
    Map<String, TargetEntry> left = target.list(RelPath.ROOT);
    assertThat(left).isNotEmpty().allSatisfy((name, e) -> assertThat(names.isOurs(name)).isTrue());
    for (String name : left.keySet()) {
      target.removeFile(path(name));
    }
    assertThat(losses).hasValue(1);
  }

  @Test
  void closingIsNoLoss() throws IOException {
    put("file", "x");
    target.close();
    assertThat(target.isOpen()).isFalse();
    assertThatThrownBy(() -> target.stat(path("file")))
        .isInstanceOf(TargetUnavailableException.class);
    target = link.open(() -> {});
    assertThat(target.stat(path("file"))).isNotNull();
    assertThat(losses).hasValue(0);
  }
}
