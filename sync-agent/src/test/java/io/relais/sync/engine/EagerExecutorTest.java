package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Multiset;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceTree;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.StoppedException;
import io.relais.sync.transfer.TransferProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sent while the scan goes on: when, in which order, and what of it a stop leaves. */
final class EagerExecutorTest {
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final InMemoryIndex index = new InMemoryIndex();
  private final PathProblems pathProblems = new PathProblems();
  private volatile boolean stopping;

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Cycle cycle;

  @BeforeEach
  void begin() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Path state = Files.createDirectory(directory.resolve("state"));
    MirrorSettings settings = new PlainSettings(source, state).guard(0.5, 5).get();
    cycle =
        new Cycle(
            settings,
            index,
            new DeleteGuardMonitor(settings, index),
            pathProblems,
            NAMES,
            AHEAD,
            () -> stopping,
            Set::of);
  }

  /** So that no file is too young to be sure of. */
  private static final InstantSource AHEAD =
      InstantSource.offset(InstantSource.system(), Duration.ofHours(1));

  private static final Cycle.Observer NOBODY =
      new Cycle.Observer() {
        @Override
        public void transferring(TransferProgress transferProgress) {}

        @Override
        public void again(RelPath path) {}

        @Override
        public void later(RelPath path) {}
      };

  private void file(String path) throws IOException {
    Path file = source.resolve(path);
    Files.createDirectories(requireNonNull(file.getParent()));
    Files.writeString(file, "content of " + path);
  }

  private void files(int directories, int files) throws IOException {
    for (int i = 0; i < directories; i++) {
      for (int j = 0; j < files; j++) {
        file("directory-%d/sub/file-%d".formatted(i, j));
      }
    }
  }

  private Cycle.Outcome sync(Hooks hooks) throws IOException {
    try (SourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
        SyncTarget target = disk.link(NAMES).open(() -> {})) {
      return cycle.run(
          ScanScope.EVERYTHING, tree, Hooks.around(SyncTarget.class, target, hooks), NOBODY);
    }
  }

  private void assertEqual() throws IOException {
    List<String> here = new ArrayList<>();
    try (var walk = Files.walk(source)) {
      for (Path path : walk.filter(path -> !path.equals(source)).toList()) {
        here.add(source.relativize(path).toString());
        if (Files.isRegularFile(path)) {
          RelPath at = RelPath.ofLatin1(source.relativize(path).toString());
          assertThat(disk.contentOf(at)).isEqualTo(Files.readAllBytes(path));
        }
      }
    }
    assertThat(disk.snapshot().keySet())
        .extracting(RelPath::latin1)
        .containsExactlyInAnyOrderElementsOf(here);
    Cycle.Outcome again = sync((_, _) -> {});
    assertThat(requireNonNull(again.plan()).steps()).isEmpty();
    assertThat(again.done().isEmpty()).isTrue();
    assertThat(pathProblems.all()).isEmpty();
  }

  @Test
  void sendsFilesWhileItStillLists() throws IOException {
    file("first/file");
    file("last/file");
    try (SyncTarget target = disk.link(NAMES).open(() -> {})) {
      target.make(new RemoteChange.MakeDirectory(RelPath.ofLatin1("last"), 0755));
    }
    CountDownLatch sent = new CountDownLatch(1);

    sync(
        (method, arguments) -> {
          if (isPublish(method)) {
            sent.countDown();
          } else if (method.equals("listing") && arguments[0].equals(RelPath.ofLatin1("last"))) {
            assertThat(sent.await(60, TimeUnit.SECONDS)).isTrue();
          }
        });

    assertEqual();
  }

  @Test
  void waitsForNoFileAloneThatMayOnlyHaveBeenTouched() throws IOException {
    files(1, 40);
    sync((_, _) -> {});
    try (var all = Files.walk(source)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (file.toString().endsWith("3")) {
          Files.writeString(file, Files.readString(file).toUpperCase(Locale.ROOT));
        }
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
      }
    }
    Multiset<String> calls = ConcurrentHashMultiset.create();

    sync(
        (method, arguments) -> {
          if (arguments.length > 0 && String.valueOf(arguments[0]).contains("file")) {
            calls.add(method);
          }
        });

    assertThat(calls.count("stage")).isEqualTo(4);
    assertThat(calls.count("begin")).isEqualTo(36);
    assertEqual();
  }

  @Test
  void looksNoFurtherAheadThanTheTransferFollows() throws IOException {
    GeneratedTree tree = new GeneratedTree(1_000, 20);
    AtomicLong ahead = new AtomicLong();
    AtomicLong furthest = new AtomicLong();
    SourceTree looked =
        Hooks.around(
            SourceTree.class,
            tree,
            (method, _) -> {
              if (method.equals("list")) {
                furthest.accumulateAndGet(ahead.addAndGet(20), Math::max);
              }
            });
    SyncTarget target =
        Hooks.around(
            SyncTarget.class,
            new GeneratedTarget(tree, false),
            (method, arguments) -> {
              if (isPublish(method)) {
                ahead.addAndGet(-((List<?>) arguments[0]).size());
              }
            });

    Cycle.Outcome outcome = cycle.run(ScanScope.EVERYTHING, looked, target, NOBODY);

    assertThat(outcome.done().files()).isEqualTo(20_000);
    // What may wait, and what the directories hold that were looked into by then.
    assertThat(furthest.get()).isLessThan(4_096 + 384 + (256 + 16) * 20);
  }

  @Test
  void makesEachDirectoryBeforeWhatItHolds() throws IOException {
    files(20, 3);
    file("a/b/c/d/e/f/g/file");

    Cycle.Outcome outcome = sync((_, _) -> {});

    assertThat(outcome.failed()).isZero();
    assertThat(disk.count(Operation.STAGE_FILE)).isEqualTo(61);
    assertThat(disk.count(Operation.LIST)).isEqualTo(1);
    assertEqual();
  }

  @Test
  void deletesNothingAndSendsAllTheSameWhenTooMuchWouldGo() throws IOException {
    file("new/file");
    for (int i = 0; i < 10; i++) {
      disk.put(RelPath.ofLatin1("theirs-" + i), "theirs".getBytes(UTF_8), 0644, 1);
    }

    Cycle.Outcome outcome = sync((_, _) -> {});

    assertThat(requireNonNull(outcome.veto()).reason())
        .isEqualTo(GuardViolation.Reason.TOO_MANY_DELETES);
    assertThat(disk.snapshot()).hasSize(12);
    assertThat(disk.count(Operation.REMOVE_FILE)).isZero();
  }

  @Test
  void doesNothingAtAllWhereTheSourceIsEmpty() throws IOException {
    disk.put(RelPath.ofLatin1("theirs"), "theirs".getBytes(UTF_8), 0644, 1);

    Cycle.Outcome outcome = sync((_, _) -> {});

    assertThat(requireNonNull(outcome.veto()).reason())
        .isEqualTo(GuardViolation.Reason.SOURCE_EMPTIED);
    assertThat(disk.snapshot()).hasSize(1);
    assertThat(index.root()).isEmpty();
  }

  @Test
  void doesWhatIsLeftAfterAStopAndNothingTwice() throws IOException {
    files(30, 20);
    AtomicInteger begun = new AtomicInteger();

    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(
            () ->
                sync(
                    (method, _) -> {
                      if (isSent(method) && begun.incrementAndGet() == 150) {
                        stopping = true;
                      }
                    }));
    stopping = false;
    assertThat(disk.count(Operation.PUBLISH)).isBetween(1, 599);
    sync((_, _) -> {});

    assertThat(disk.count(Operation.PUBLISH)).isEqualTo(600);
    assertEqual();
  }

  @Test
  void goesOnAfterALostConnectionWhereItWas() throws IOException {
    files(30, 20);
    AtomicInteger begun = new AtomicInteger();

    assertThatExceptionOfType(TargetUnavailableException.class)
        .isThrownBy(
            () ->
                sync(
                    (method, arguments) -> {
                      if (isPublish(method)
                          && begun.addAndGet(((List<?>) arguments[0]).size()) >= 300) {
                        disk.loseConnections();
                      }
                    }));
    int published = disk.count(Operation.PUBLISH);
    assertThat(index.count()).isGreaterThan(published);
    sync((_, _) -> {});

    assertThat(disk.count(Operation.PUBLISH)).isEqualTo(600);
    assertEqual();
  }

  @Test
  void notesThatADirectoryChangesBeforeItDoes() throws IOException {
    file("directory/file");
    sync((_, _) -> {});
    assertEqual();
    Files.writeString(source.resolve("directory/file"), "other content");
    List<Long> recorded = new ArrayList<>();

    sync(
        (method, _) -> {
          if (isSent(method)) {
            IndexEntry indexEntry = index.get(RelPath.ofLatin1("directory"));
            recorded.add(requireNonNull(indexEntry).target().mtimeSeconds());
          }
        });

    assertThat(recorded).containsExactly(-1L);
    assertEqual();
  }

  @Test
  void readsNothingAndAsksOnceADirectoryWhenNothingHasChanged() throws IOException {
    files(10, 10);
    sync((_, _) -> {});
    int lists = disk.count(Operation.LIST);
    int stats = disk.count(Operation.STAT);

    try (SourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
        SyncTarget target = disk.link(NAMES).open(() -> {})) {
      SourceTree unread =
          Hooks.around(
              SourceTree.class, tree, (method, _) -> assertThat(method).isNotEqualTo("open"));
      Cycle.Outcome outcome = cycle.run(ScanScope.EVERYTHING, unread, target, NOBODY);
      assertThat(outcome.done().isEmpty()).isTrue();
    }

    assertThat(disk.count(Operation.LIST) - lists).isEqualTo(21);
    assertThat(disk.count(Operation.STAT) - stats).isEqualTo(1);
  }

  @Test
  void looksIntoANewDirectoryOnceHoweverManyHintsLeadToIt() throws IOException {
    file("known/file");
    sync((_, _) -> {});
    files(1, 50);
    Files.writeString(source.resolve("known/file"), "other content");
    file("known/new/file");
    Set<RelPath> hints = new HashSet<>(Set.of(RelPath.ofLatin1("known")));
    try (var walk = Files.walk(source)) {
      walk.filter(Files::isRegularFile)
          .forEach(file -> hints.add(RelPath.ofLatin1(source.relativize(file).toString())));
    }
    int published = disk.count(Operation.PUBLISH);
    Map<Object, Integer> lists = new ConcurrentHashMap<>();

    try (SourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
        SyncTarget target = disk.link(NAMES).open(() -> {})) {
      SourceTree counted =
          Hooks.around(
              SourceTree.class,
              tree,
              (method, arguments) -> {
                if (method.equals("list")) {
                  lists.merge(arguments[0], 1, Integer::sum);
                }
              });
      ScanScope scanScope =
          new ScanScope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
      cycle.run(scanScope, counted, target, NOBODY);
    }

    // A known directory is listed once more, in search of what was moved.
    assertThat(lists.values()).containsExactlyInAnyOrder(1, 1, 1, 2);
    assertThat(disk.count(Operation.PUBLISH) - published).isEqualTo(52);
    assertEqual();
  }

  @Test
  void settlesWhatItHasChangedThoughItIsKnownToTheIndexAlone() throws IOException {
    file("known/deep/file");
    sync((_, _) -> {});
    FileTime before = Files.getLastModifiedTime(source.resolve("known/deep"));
    Files.writeString(source.resolve("known/deep/file"), "other content");
    Files.setLastModifiedTime(source.resolve("known/deep"), before);

    try (SourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
        SyncTarget target = disk.link(NAMES).open(() -> {})) {
      ScanScope scanScope =
          new ScanScope(
              ImmutableSet.of(RelPath.ofLatin1("known/deep/file")),
              ImmutableSet.of(),
              ImmutableSet.of());
      cycle.run(scanScope, tree, target, NOBODY);
    }

    assertThat(requireNonNull(disk.snapshot().get(RelPath.ofLatin1("known/deep"))).mtimeSeconds())
        .isEqualTo(before.to(TimeUnit.SECONDS));
    assertEqual();
  }

  private static boolean isSent(String method) {
    return method.equals("stage");
  }

  private static boolean isPublish(String method) {
    return method.equals("publish");
  }
}
