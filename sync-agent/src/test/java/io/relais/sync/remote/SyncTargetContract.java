package io.relais.sync.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@link SyncTarget} promises; every implementation runs it. This part is about content: how
 * it gets there, how it is put in place, and what is left when that fails.
 */
public abstract class SyncTargetContract extends AssemblyContract {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32_767, 32_768, 32_769, 131_072, 131_073, 5 << 20})
  void keepsContentOfEachSize(int size) throws IOException {
    byte[] content = TestContent.bytes(size, size);
    Staged staged = stage("file", content, 0640);
    assertThat(target.stat(path("file"))).isNull();
    publish(staged);
    assertThat(target.stat(path("file")))
        .isEqualTo(new TargetEntry(EntryKind.FILE, size, TIME, 0640, null));
    assertThat(read("file")).isEqualTo(content);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
  }

  /** Blocks of zeros are not sent where that can be helped: nothing of it may show. */
  @Test
  void keepsRunsOfZeros() throws IOException {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 12; i++) {
      byte[] content = TestContent.bytes(random.nextInt(2_000_000), random.nextLong());
      for (int runs = random.nextInt(8); runs > 0; runs--) {
        int from = random.nextInt(content.length + 1);
        int length = 1 << random.nextInt(21);
        Arrays.fill(content, from, Math.min(content.length, from + length), (byte) 0);
      }
      if (random.nextInt(3) == 0) {
        Arrays.fill(content, random.nextInt(content.length + 1), content.length, (byte) 0);
      }
      put("file", content);
      assertThat(read("file")).as("relais.seed=%d, file %d", seed, i).isEqualTo(content);
    }
  }

  @Test
  void keepsContentThatIsNotOfTheSizeExpected() throws IOException {
    byte[] content = TestContent.bytes(100_000, 1);
    publish(target.stage(path("more"), TestContent.of(content), TIME, 0644, 70_000).await());
    publish(target.stage(path("less"), TestContent.of(content), TIME, 0644, 500_000).await());
    assertThat(read("more")).isEqualTo(content);
    assertThat(read("less")).isEqualTo(content);
  }

  @Test
  void hidesAFileFromOthersUntilItHasItsMode() throws IOException {
    put("key", "old");
    AtomicInteger looks = new AtomicInteger();
    byte[] content = TestContent.bytes(300_000, 1);
    Staged staged =
        target
            .stage(
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
                content.length)
            .await();
    assertThat(looks).hasPositiveValue();
    assertThat(at(staged.temporary().latin1()).mode()).isEqualTo(0444);
    assertThat(read("key")).isEqualTo("old".getBytes(UTF_8));
    publish(staged);
    assertThat(at("key").mode()).isEqualTo(0444);
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
    assertThat(at("b").kind()).isEqualTo(EntryKind.FILE);
    assertThat(at("c").linkTarget()).isEqualTo("new");
    publish(target.stageSymlink(path("a"), "link", TIME));
    assertThat(at("a").linkTarget()).isEqualTo("link");
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("a", "b", "c");
  }

  @Test
  void goesOnAfterARefusalAndReplacesNoDirectory() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("directory"), 0755));
    target.make(new RemoteChange.MakeDirectory(path("full"), 0755));
    put("full/x", "x");
    List<Optional<TargetException>> results =
        target.publish(
            List.of(
                stage("first", new byte[1], 0644),
                stage("directory", new byte[2], 0644),
                target.stageSymlink(path("full"), "elsewhere", TIME),
                stage("last", new byte[3], 0644)),
            SyncTarget.PublishOrder.GIVEN);
    assertThat(results).extracting(Optional::isPresent).containsExactly(false, true, true, false);
    assertThat(at("directory").kind()).isEqualTo(EntryKind.DIRECTORY);
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
    assertThat(target.publish(List.of(), SyncTarget.PublishOrder.GIVEN)).isEmpty();
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
  void readsOnlyFiles() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("d"), 0755));
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
                    Long.MAX_VALUE,
                    (bytes, offset, length) -> {
                      throw new IOException("enough");
                    }))
        .hasMessage("enough");
    assertThat(read("file")).hasSize(1 << 20);
  }

  @Test
  void readsNoMoreThanIsAskedFor() throws IOException {
    byte[] content = TestContent.bytes(100_000, 1);
    put("file", content);
    for (int most : new int[] {0, 1, 32_768, 70_000, 99_999, 100_000, 100_001}) {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      boolean whole = target.read(path("file"), most, read::write);

      assertThat(whole).as("%d bytes", most).isEqualTo(most >= content.length);
      assertThat(read.toByteArray())
          .isEqualTo(Arrays.copyOf(content, Math.min(most, content.length)));
    }
  }

  @Test
  void leavesNothingOfAFileThatChanged() throws IOException {
    byte[] content = TestContent.bytes(400_000, 1);
    AtomicInteger reads = new AtomicInteger();
    assertThatThrownBy(
            () ->
                target
                    .stage(
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
                        content.length)
                    .await())
        .isInstanceOf(SourceChangedException.class);
    assertThatThrownBy(
            () ->
                target
                    .stage(
                        path("file"),
                        TestContent.endingWith(
                            content,
                            () -> {
                              throw new SourceChangedException("it changed");
                            }),
                        TIME,
                        0644,
                        content.length)
                    .await())
        .isInstanceOf(SourceChangedException.class);
    assertThatThrownBy(
            () ->
                target
                    .stage(
                        path("file"),
                        TestContent.of(
                            content,
                            () -> {
                              throw new IllegalStateException("a defect");
                            }),
                        TIME,
                        0644,
                        content.length)
                    .await())
        .hasMessage("a defect");
    assertThat(target.list(RelPath.ROOT)).isEmpty();
    assertThat(target.isOpen()).isTrue();
  }

  @Test
  void takesManyFilesAtOnce() throws Exception {
    int count = 500;
    target.make(new RemoteChange.MakeDirectory(path("d"), 0755));
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
  void saysThatTheDiskIsFull() throws Exception {
    TargetConnector small = newSmallLink(names);
    try (SyncTarget disk = small.open(() -> {})) {
      disk.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      byte[] some = TestContent.bytes(1 << 20, 1);
      assertThat(
              disk.publish(
                  List.of(
                      disk.stage(path("fits"), TestContent.of(some), TIME, 0644, 1 << 20).await()),
                  SyncTarget.PublishOrder.GIVEN))
          .containsExactly(Optional.empty());
      byte[] much = TestContent.bytes(6 << 20, 2);
      assertThatThrownBy(
              () -> disk.stage(path("big"), TestContent.of(much), TIME, 0644, much.length).await())
          .isInstanceOfSatisfying(
              TargetException.class,
              e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.NO_SPACE))
          .hasMessageContaining("disk is full")
          .hasMessageContaining("bytes");
      assertThat(disk.list(RelPath.ROOT)).containsOnlyKeys("fits");
      assertThat(
              disk.publish(
                  List.of(
                      disk.stage(path("too"), TestContent.of(some), TIME, 0644, 1 << 20).await()),
                  SyncTarget.PublishOrder.GIVEN))
          .containsExactly(Optional.empty());
    }
  }

  /** Also what sends nothing for long, as the long hole of a file does. */
  @ParameterizedTest
  @ValueSource(ints = {7, 0})
  void failsEverythingUnderWayWhenTheConnectionIsLost(int value) throws Exception {
    losses.set(0);
    // What is zero waits for nothing, so many would only fight for the processors.
    int count = value == 0 ? 3 : 20;
    AtomicInteger started = new AtomicInteger();
    List<Future<Staged>> uploads = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        RelPath path = path("f" + i);
        SyncTarget.Content content = TestContent.endless(value, started::incrementAndGet);
        uploads.add(threads.submit(() -> target.stage(path, content, TIME, 0644, 1 << 20).await()));
      }
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAtomic(started, org.hamcrest.Matchers.equalTo(count));
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
      target.make(new RemoteChange.RemoveFile(path(name)));
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
