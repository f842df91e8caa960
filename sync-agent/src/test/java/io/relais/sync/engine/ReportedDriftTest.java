package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Maps;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.Rounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code drift = "report"}: all that somebody else has changed is told, and stays. */
final class ReportedDriftTest {
  private static final RelPath D = RelPath.ofLatin1("d");
  private static final RelPath E = RelPath.ofLatin1("d/e");

  /** What was written just now would be looked at again, and its directory be set for that. */
  private static final InstantSource LATER = () -> Instant.now().plusSeconds(60);

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private final TemporaryNameGenerator names = new TemporaryNameGenerator("test");

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Rounds rounds;

  @BeforeEach
  void mirror() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    Files.createDirectories(source.resolve("d/e/deep"));
    Files.writeString(source.resolve("d/e/f"), "1");
    Files.writeString(source.resolve("d/y"), "2");
    Files.writeString(source.resolve("keep"), "3");
    Path state = Files.createDirectory(directory.resolve("state"));
    rounds = new Rounds(source, state, Long.MAX_VALUE, LATER).drift(DriftPolicy.REPORT);
    compare();
    assertThat(compare()).isEmpty();
  }

  private Map<String, String> compare() throws IOException {
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      Map<String, String> told = Maps.newTreeMap();
      rounds.problems(target, names).forEach((path, why) -> told.put(path.toString(), why));
      return told;
    }
  }

  private void atTheTarget(Action action) throws IOException {
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      action.run(target);
    }
  }

  private interface Action {
    void run(SyncTarget target) throws IOException;
  }

  private void removeE() throws IOException {
    atTheTarget(
        target -> {
          target.make(new RemoteChange.RemoveFile(E.child("f")));
          target.make(new RemoteChange.RemoveDirectory(E.child("deep")));
          target.make(new RemoteChange.RemoveDirectory(E));
        });
  }

  /** Whatever is done once that was told, nothing at the target is touched. */
  private void assertLeftAlone() throws IOException {
    Map<RelPath, TargetEntry> before = disk.snapshot();
    int set = disk.count(Operation.SET_ATTRIBUTES) + disk.count(Operation.SET_MODE);
    compare();
    compare();
    assertThat(disk.snapshot()).isEqualTo(before);
    assertThat(disk.count(Operation.SET_ATTRIBUTES) + disk.count(Operation.SET_MODE))
        .isEqualTo(set);
  }

  @Test
  void aDirectoryWithAnotherModeHidesNothingThatIsInIt() throws IOException {
    atTheTarget(target -> target.make(new RemoteChange.SetMode(D, 0700)));
    removeE();
    disk.put(D.child("y"), "longer".getBytes(UTF_8), 0644, 1);
    disk.put(D.child("new"), "4".getBytes(UTF_8), 0644, 1);

    Map<String, String> told = compare();

    assertThat(told).containsOnlyKeys("d", "d/e", "d/y", "d/new");
    assertThat(told.get("d")).contains("its mode was changed");
    assertThat(told.get("d/e")).contains("it was removed");
    assertThat(told.get("d/y")).contains("it was changed");
    assertThat(told.get("d/new")).contains("it was added");
    assertLeftAlone();
  }

  @Test
  void theTimeOfADirectoryThatMovedWithWhatWasChangedInItStays() throws IOException {
    removeE();
    Map<RelPath, TargetEntry> before = disk.snapshot();

    assertThat(compare()).containsOnlyKeys("d/e");
    assertThat(disk.snapshot()).isEqualTo(before);
    assertLeftAlone();
  }

  @Test
  void aLockedDirectoryIsNotUnlocked() throws IOException {
    atTheTarget(target -> target.make(new RemoteChange.SetMode(D, 0)));

    assertThat(compare()).containsKey("d");
    assertThat(disk.snapshot().get(D)).extracting(TargetEntry::mode).isEqualTo(0);
    assertLeftAlone();
  }

  @Test
  void whatTheSourceChangesInItIsSentAndTheRestStaysTold() throws IOException {
    removeE();
    compare();
    Files.writeString(source.resolve("d/z"), "new at the source");

    assertThat(compare()).containsOnlyKeys("d/e");
    assertThat(disk.snapshot()).containsKey(D.child("z"));
    assertThat(compare()).containsOnlyKeys("d/e");
    assertThat(disk.snapshot()).doesNotContainKey(E);
  }

  @Test
  void whatWasToldGoesOnToBeToldWhereItIsMovedTo() throws IOException {
    disk.put(D.child("y"), "longer".getBytes(UTF_8), 0644, 1);
    disk.put(E.child("new"), "4".getBytes(UTF_8), 0644, 1);
    assertThat(compare()).containsOnlyKeys("d/y", "d/e/new");

    assertThat(moved("d", "moved")).containsOnlyKeys("moved/y", "moved/e/new");
    // The source has changed this one itself.
    assertThat(moved("moved/y", "z")).isEmpty();
    assertThat(disk.contentOf(RelPath.ofLatin1("z"))).asString(UTF_8).isEqualTo("2");
    assertThat(compare()).containsOnlyKeys("moved/e/new");
  }

  /** What is told by the round that hears of a move at the source. */
  private Map<String, String> moved(String from, String to) throws IOException {
    Files.move(source.resolve(from), source.resolve(to));
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      Map<String, String> told = Maps.newTreeMap();
      rounds
          .problemsAt(target, names, Set.of(RelPath.ofLatin1(from), RelPath.ofLatin1(to)))
          .forEach((path, why) -> told.put(path.toString(), why));
      return told;
    }
  }

  @Test
  void onceItIsPutBackEverythingIsEqualAgain() throws IOException {
    atTheTarget(target -> target.make(new RemoteChange.SetMode(D, 0700)));
    assertThat(compare()).containsOnlyKeys("d");
    atTheTarget(target -> target.make(new RemoteChange.SetMode(D, mode(source.resolve("d")))));

    assertThat(compare()).isEmpty();
    assertLeftAlone();
  }

  private static int mode(Path path) throws TargetException {
    try {
      return (int) Files.getAttribute(path, "unix:mode") & 07777;
    } catch (IOException e) {
      throw new TargetException(TargetException.Reason.FAILURE, String.valueOf(e.getMessage()));
    }
  }
}
