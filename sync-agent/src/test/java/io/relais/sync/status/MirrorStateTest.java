package io.relais.sync.status;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.relais.sync.engine.Mirror;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.PlainSettings;
import io.relais.sync.engine.RefusingTree;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a mirror says where it isn't in sync, and used to say that it was. */
final class MirrorStateTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");
  private volatile @Nullable MirrorState shown;
  private volatile List<String> problems = List.of();
  private volatile long seen;
  private long hints = 1;
  private volatile Set<String> degradations = Set.of();

  private final Set<RelPath> unreadable = ConcurrentHashMap.newKeySet();
  private volatile Duration ahead = Duration.ZERO;
  private final AtomicLong askedForTheTime = new AtomicLong();
  private final AtomicLong openedTheSource = new AtomicLong();
  private final InstantSource clock =
      () -> {
        askedForTheTime.incrementAndGet();
        return Instant.now().plus(ahead);
      };

  private final Logger logger = (Logger) LoggerFactory.getLogger(Mirror.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  @BeforeEach
  void keepTheLog() {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void giveTheLogBack() {
    logger.detachAppender(log);
    logger.setLevel(null);
  }

  private List<String> said() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @BeforeEach
  void make() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Files.createDirectories(source.resolve("d/sub"));
    Files.writeString(source.resolve("d/sub/file"), "one");
    Files.writeString(source.resolve("d/file"), "two");
    Files.writeString(source.resolve("cert"), "three");
  }

  private void start(boolean consistent, Debouncer debouncer) throws IOException {
    start(new PlainSettings(source, makeState()).consistent(consistent), debouncer);
  }

  private Path makeState() throws IOException {
    return Files.createDirectory(directory.resolve("state"));
  }

  private void start(PlainSettings plain, Debouncer debouncer) throws IOException {
    // Younger files are looked at once more, and that would be held back by the debouncer.
    Instant made = Instant.now();
    await().until(() -> Instant.now().isAfter(made.plus(SourceEntry.SETTLED)));
    MirrorSettings settings = plain.get();
    Path state = settings.directory();
    SqliteIndex.unpackNativeLibraryIn(state);
    mirror =
        new Mirror(
            settings,
            debouncer,
            () -> {
              openedTheSource.incrementAndGet();
              return new RefusingTree(
                  LinuxSourceTree.open(source, LinkPolicy.PRESERVE), unreadable);
            },
            disk.link(names),
            SqliteIndex.open(state, InstantSource.system(), problem -> {}),
            names,
            new Board(),
            clock);
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  private static Debouncer each() {
    return Debouncer.perPath(Duration.ofMillis(1), Duration.ofMillis(2), 1000);
  }

  @Test
  void aTargetWithoutItsParentIsFailingAndCountsWhatIsNotThere() throws IOException {
    disk.removeRoot();
    disk.failNext(Operation.MAKE_DIRECTORY, RelPath.ROOT, Reason.NOT_FOUND);
    start(false, each());

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    assertThat(shown)
        .isInstanceOfSatisfying(
            MirrorState.Failing.class, failing -> assertThat(failing.missing()).isEqualTo(5));
    assertThat(problems.toString())
        .contains("mkdir -p", "chown", "is not there")
        .doesNotContain("[.: ");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @Test
  void aDirectoryThatTheAccountMayNotMakeIsFailingWithAllThatItHolds() throws IOException {
    disk.failNext(Operation.MAKE_DIRECTORY, RelPath.ofLatin1("d"), Reason.PERMISSION_DENIED);
    start(false, each());

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    assertThat(shown)
        .isInstanceOfSatisfying(
            MirrorState.Failing.class, failing -> assertThat(failing.missing()).isEqualTo(4));
    assertThat(problems.toString()).contains("d: permission denied at the target", "chown");
  }

  @Test
  void whatTheAccountMayNotLookAtIsFailingWithWhatToDo() throws IOException {
    disk.failNext(Operation.STAT, RelPath.ROOT, Reason.PERMISSION_DENIED);
    disk.failNext(Operation.LIST, RelPath.ROOT, Reason.PERMISSION_DENIED);
    start(false, each());

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    assertThat(problems)
        .singleElement()
        .asString()
        .contains("may not look at", "as an administrator", "name a target that it can reach");
  }

  @Test
  void aConsistentMirrorThatIsKeptAwakeSaysByWhatAndSinceWhen() throws IOException {
    start(true, Debouncer.wholeMirror(Duration.ofHours(1), 1000));
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    Files.writeString(source.resolve("cert"), "changed");
    mirror.listener().changed(RelPath.ofLatin1("cert"), Sign.CLOSED);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Waiting);
    Instant since = requireNonNull(shown).since();
    for (int i = 0; i < 5; i++) {
      mirror.listener().changed(RelPath.ofLatin1("access.log"), Sign.WRITTEN);
    }

    await()
        .atMost(LIMIT)
        .until(
            () ->
                shown instanceof MirrorState.Waiting waiting
                    && "access.log".equals(waiting.awake()));
    assertThat(requireNonNull(shown).since()).isEqualTo(since);
  }

  @Test
  void aChangeThatIsOnlyHintedAtIsNoLongerInSync() throws IOException {
    start(false, Debouncer.perPath(Duration.ofMinutes(1), Duration.ofMinutes(1), 1000));
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    mirror.listener().changed(RelPath.ofLatin1("cert"), Sign.WRITTEN);

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Pending);
  }

  @Test
  void aSourceThatIsNotWatchedAsAWholeIsNotInSyncUntilItIs() throws IOException {
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    mirror.listener().degraded("no watch is left");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.PartlyWatched);

    mirror.listener().degradedNow(Set.of());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @Test
  void whileEventsAreKnownToBeLostItIsNotInSync() throws IOException {
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    mirror.listener().doubtful("events were lost");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.PartlyWatched);
    assertThat(degradations)
        .containsExactly("events were lost; it is watched again, and then everything is compared");

    mirror.listener().rescan(RelPath.ROOT, "events were lost");
    mirror.listener().doubtful(null);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(degradations).isEmpty();
  }

  @Test
  void whatMayNotBeReadIsFailingAndTheWayToLetTheAgentReadItIsSaidOnce() throws IOException {
    for (String name : List.of("accounts", "archive", "live")) {
      Files.createDirectories(source.resolve(name));
      unreadable.add(RelPath.ofLatin1(name));
    }
    start(true, Debouncer.wholeMirror(Duration.ofMillis(10), 1000));

    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    assertThat(shown)
        .isInstanceOfSatisfying(
            MirrorState.Failing.class, failing -> assertThat(failing.paths()).isEqualTo(3));
    String user = System.getProperty("user.name");
    assertThat(problems)
        .singleElement()
        .asString()
        .startsWith(
            "the agent runs as %1$s, which may not read %2$s/accounts, %2$s/archive, %2$s/live;"
                .formatted(user, source))
        .contains("CAP_DAC_READ_SEARCH")
        .endsWith(
            "setfacl -R -m u:%1$s:rX '%2$s/accounts' '%2$s/archive' '%2$s/live'"
                .formatted(user, source));
    assertThat(said()).filteredOn(line -> line.contains("may not read")).hasSize(1);

    unreadable.clear();
    mirror.listener().rescan(RelPath.ROOT, "test");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(problems).isEmpty();
  }

  @Test
  void waitingForQuietIsWarnedOfOnceItHasTakenLongAndSoIsItsEnd() throws IOException {
    start(true, Debouncer.wholeMirror(Duration.ofHours(1), 1000));
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    mirror.listener().changed(RelPath.ofLatin1("cert"), Sign.CLOSED);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Waiting);

    ahead = Duration.ofSeconds(29);
    hintAtLog();
    assertThat(said()).noneMatch(line -> line.contains("waiting for the source"));
    for (int seconds = 31; seconds < 60; seconds += 5) {
      ahead = Duration.ofSeconds(seconds);
      hintAtLog();
    }
    await().atMost(LIMIT).until(() -> said().toString().contains("waiting for the source"));
    ahead = Duration.ofHours(2);
    mirror.listener().degradedNow(Set.of()); // It wakes up, and nothing has changed.
    await().atMost(LIMIT).until(() -> said().toString().contains("the source is quiet, after"));

    assertThat(said())
        .filteredOn(line -> line.contains("waiting for the source"))
        .singleElement()
        .asString()
        .contains("what changes most is access.log", "take 'consistent' out of its table");
  }

  /** So that the mirror looks at the clock. */
  private void hintAtLog() {
    mirror.listener().changed(RelPath.ofLatin1("access.log"), Sign.WRITTEN);
    long posted = ++hints;
    await().atMost(LIMIT).until(() -> seen >= posted);
  }

  @Test
  void eachChangeOfTheStateIsLoggedOnce() throws IOException {
    RelPath secret = RelPath.ofLatin1("secret");
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    unreadable.add(secret);
    Files.writeString(source.resolve("secret"), "x");
    for (int i = 0; i < 3; i++) {
      mirror.listener().changed(secret, Sign.CLOSED);
      await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
      mirror.listener().changed(RelPath.ofLatin1("cert"), Sign.ATTRIBUTES);
    }
    unreadable.clear();
    mirror.listener().changed(secret, Sign.ATTRIBUTES);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    disk.unreachable(true);
    disk.loseConnections();
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Offline);
    Instant first = requireNonNull((MirrorState.Offline) shown).nextTry();
    await()
        .atMost(LIMIT)
        .until(
            () -> shown instanceof MirrorState.Offline offline && offline.nextTry().isAfter(first));
    disk.unreachable(false);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    List<String> steps =
        List.of(
            "may not read " + source.resolve("secret"),
            "no path fails any more",
            "changes are kept in mind, and it is tried again",
            "the target is back; both sides are compared",
            "in sync, ");
    assertThat(
            said().stream()
                .map(line -> steps.stream().filter(line::contains).findFirst().orElse(""))
                .filter(step -> !step.isEmpty()))
        .containsExactlyElementsOf(steps);
  }

  @Test
  void whatCouldNotBePutRightAtTheTargetIsTriedUntilItIs() throws IOException {
    RelPath changed = RelPath.ofLatin1("d/file");
    RelPath extra = RelPath.ofLatin1("d/sub/extra");
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    TargetEntry before = requireNonNull(disk.snapshot().get(changed));

    try (SyncTarget other = disk.link(names).open(() -> {})) {
      other.make(new RemoteChange.SetMode(changed, 0600));
    }
    disk.put(extra, new byte[1], 0644, 1);
    disk.failNext(Operation.SET_ATTRIBUTES, changed, Reason.PERMISSION_DENIED);
    disk.failNext(Operation.REMOVE_FILE, extra, Reason.PERMISSION_DENIED);
    mirror.suspect(List.of(), true); // As 'verify' does it.
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    assertThat(disk.snapshot()).containsEntry(changed, before).doesNotContainKey(extra);
  }

  @Test
  void whatFailsIsNotTriedAndTheAgentRestsWhileTheMirrorIsHalted() throws IOException {
    unreadable.add(RelPath.ofLatin1("cert"));
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Failing);

    haltWithAllOverdue();

    assertRests();
  }

  @Test
  void theCopyIsNotReadBackAndTheAgentRestsWhileTheMirrorIsHalted() throws IOException {
    start(new PlainSettings(source, makeState()).checksumScan(Duration.ofHours(1)), each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);

    Files.move(source, directory.resolve("elsewhere"));
    disk.loseConnections(); // Nothing is compared on the next.
    haltWithAllOverdue();

    assertRests();
  }

  private void haltWithAllOverdue() throws IOException {
    if (Files.exists(source)) {
      Files.move(source, directory.resolve("elsewhere"));
    }
    ahead = Duration.ofDays(2);
    mirror.listener().rescan(RelPath.ROOT, "test");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.Halted);
  }

  /** Between two looks at the source it is not busy. */
  private void assertRests() {
    long asked = askedForTheTime.get();
    long opened = openedTheSource.get();
    await().atMost(LIMIT).until(() -> openedTheSource.get() > opened);

    assertThat(askedForTheTime.get() - asked).isLessThan(10_000);
  }

  @Test
  void whatIsWrongWithWatchingIsShownAndTheAgentRestsWhileOffline() throws IOException {
    start(false, each());
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    disk.unreachable(true);
    disk.loseConnections();
    await().atMost(LIMIT).until(() -> waitsForTheNextTry(Duration.ofSeconds(4)));

    mirror.listener().degraded("no watch is left");
    long asked = askedForTheTime.get();
    await().atMost(LIMIT).until(() -> degradations.contains("no watch is left"));
    Instant next = requireNonNull((MirrorState.Offline) shown).nextTry();
    await()
        .atMost(LIMIT)
        .until(
            () -> shown instanceof MirrorState.Offline offline && offline.nextTry().isAfter(next));

    assertThat(askedForTheTime.get() - asked).isLessThan(10_000);
  }

  private boolean waitsForTheNextTry(Duration atLeast) {
    return shown instanceof MirrorState.Offline offline
        && offline.nextTry().isAfter(clock.instant().plus(atLeast));
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      problems = report.problems();
      seen = report.seen();
      degradations = report.degradations();
      shown = state;
    }
  }
}
