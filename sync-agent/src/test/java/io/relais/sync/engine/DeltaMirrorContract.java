package io.relais.sync.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.delta.Edits;
import io.relais.sync.delta.Edits.Edited;
import io.relais.sync.delta.Edits.Shape;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.CountingTarget;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.TestContent;
import io.relais.sync.scan.Rounds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of large files that change, from the source's disk to the target's. */
public abstract class DeltaMirrorContract {
  private static final long SEED = Long.getLong("relais.seed", 4);
  private static final int MIN = 256 << 10;
  private static final int SIZE = 3 << 20;
  private static final int CHUNK = 4 << 10;
  private static final RelPath FILE = RelPath.ofLatin1("file");

  @TempDir private Path directory;

  private final TemporaryNameGenerator names = new TemporaryNameGenerator("deltas");
  private Random random = new Random(SEED);

  @SuppressWarnings("NullAway.Init")
  private Rounds rounds;

  @SuppressWarnings("NullAway.Init")
  private Path file;

  @SuppressWarnings("NullAway.Init")
  private SyncTarget target;

  @SuppressWarnings("NullAway.Init")
  private CountingTarget counting;

  /** A link to an empty place that is not there yet. */
  protected abstract TargetConnector newLink(TemporaryNameGenerator names) throws Exception;

  /** Whether the server copies ranges. */
  protected abstract boolean copies();

  @BeforeEach
  void connect() throws Exception {
    random = new Random(SEED);
    Path source = directory.resolve("source");
    rounds = new Rounds(source, directory, MIN, InstantSource.system());
    file = Files.createDirectory(source).resolve("file");
    target = newLink(names).open(() -> {});
    counting = new CountingTarget(target);
    assertThat(target.capabilities().copiesRanges()).isEqualTo(copies());
  }

  @AfterEach
  void disconnect() {
    target.close();
  }

  @ParameterizedTest
  @EnumSource
  void sendsAboutWhatChanged(Shape shape) throws Exception {
    byte[] old = Edits.file(random, SIZE);
    change(old);
    assertThat(sync()).isEqualTo(SIZE);
    Edited edited = Edits.one(random, old, shape, 100_000);
    change(edited.content());
    long sent = sync();

    assertThat(sent)
        .as("seed %s: %s", SEED, edited.how())
        .isLessThanOrEqualTo(
            copies() ? edited.added() + edited.places() * 8L * CHUNK : edited.content().length);
  }

  @Test
  void followsAFileThroughManyChanges() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    long sent = 0;
    long all = 0;
    for (int i = 0; i < 8; i++) {
      Edited edited = Edits.several(random, content, 1 + random.nextInt(3), 50_000);
      content = edited.content();
      change(content);
      sent += sync();
      all += content.length;
    }
    assertThat(sent).as("seed %s", SEED).isLessThanOrEqualTo(copies() ? all / 4 : all);
  }

  @Test
  void sendsNothingOfAFileThatWasOnlyTouched() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_600_000_000)));
    assertThat(sync()).isZero();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    assertThat(sync()).isZero();
    assertThat(counting.published()).isEqualTo(1);
    assertThat(target.stat(FILE))
        .isEqualTo(new TargetEntry(EntryKind.FILE, SIZE, 1_600_000_000, 0700, null));
    byte[] changed = content.clone();
    changed[SIZE / 2]++;
    change(changed);
    assertThat(sync()).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
  }

  @Test
  void sendsAFileWholeThatSomebodyElseHasChangedThere() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    target.make(
        new RemoteChange.SetAttributes(
            FILE, new TargetEntry(EntryKind.FILE, SIZE, 1_500_000_000, 0644, null)));
    content[7]++;
    change(content);
    assertThat(sync()).isGreaterThanOrEqualTo(SIZE);
    content[7]++;
    change(content);
    assertThat(sync()).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
  }

  @Test
  void readsBackWhatWasPutTogetherWhereThatIsWanted() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync(true);
    assertThat(counting.readBytes()).isZero();
    content[7]++;
    change(content);
    assertThat(sync(true)).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
    assertThat(counting.readBytes()).isEqualTo(copies() ? SIZE : 0);
  }

  @Test
  void sendsAFileWholeThatDoesNotComeOutAsItShould() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    byte[] other = Edits.file(random, SIZE);
    replaceUnnoticed(other);
    content[7]++;
    change(content);
    assertThat(sync(true)).isGreaterThanOrEqualTo(SIZE);
  }

  @Test
  void takesACopyOfAFileFromTheFile() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    Files.copy(file, file.resolveSibling("copy"), StandardCopyOption.COPY_ATTRIBUTES);
    long before = counting.sentBytes();
    run(false, RelPath.ofLatin1("copy"));
    assertThat(read(RelPath.ofLatin1("copy"))).isEqualTo(content);
    assertThat(counting.sentBytes() - before).isEqualTo(copies() ? 0 : SIZE);
    assertThat(read(FILE)).isEqualTo(content);
  }

  @Test
  void sendsLittleOfACopyThatIsChangedAtOnce() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    content[SIZE / 2]++;
    Files.write(file.resolveSibling("copy"), content);
    long before = counting.sentBytes();
    run(false, RelPath.ofLatin1("copy"));
    assertThat(read(RelPath.ofLatin1("copy"))).as("seed %s", SEED).isEqualTo(content);
    assertThat(counting.sentBytes() - before).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
  }

  /** As editors save: the path has another inode then. */
  @Test
  void sendsWhatChangedInAFileThatWasReplacedByAnother() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    content[SIZE / 2]++;
    Path other = Files.write(file.resolveSibling("other"), content);
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    assertThat(sync()).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
  }

  @Test
  void remembersWhatARenamedFileConsistsOf() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    RelPath renamed = RelPath.ofLatin1("renamed");
    Path there = Files.move(file, file.resolveSibling("renamed"));
    long before = counting.sentBytes();
    run(false, FILE, renamed);
    assertThat(counting.sentBytes() - before).isZero();
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("renamed");
    content[SIZE / 2]++;
    Files.write(there, content);
    run(false, renamed);
    assertThat(read(renamed)).as("seed %s", SEED).isEqualTo(content);
    assertThat(counting.sentBytes() - before).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
  }

  @Test
  void sendsLittleOfAFileThatIsRenamedAndChangedAtOnce() throws Exception {
    byte[] content = Edits.file(random, SIZE);
    change(content);
    sync();
    RelPath renamed = RelPath.ofLatin1("renamed");
    Path there = Files.move(file, file.resolveSibling("renamed"));
    content[SIZE / 2]++;
    Files.write(there, content);
    long before = counting.sentBytes();
    run(false, FILE, renamed);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("renamed");
    assertThat(read(renamed)).as("seed %s", SEED).isEqualTo(content);
    assertThat(counting.sentBytes() - before).isLessThanOrEqualTo(copies() ? 8 * CHUNK : SIZE);
  }

  @Test
  void knowsNothingOfTheChunksOfASmallFile() throws Exception {
    byte[] content = Edits.file(random, MIN - 1);
    change(content);
    sync();
    content[7]++;
    change(content);
    assertThat(sync()).isEqualTo(MIN - 1);
    byte[] grown = Arrays.copyOf(content, MIN);
    change(grown);
    assertThat(sync()).isEqualTo(MIN);
    grown[7]++;
    change(grown);
    assertThat(sync()).isLessThanOrEqualTo(copies() ? 8 * CHUNK : MIN);
  }

  /** Other content under the same size and time: what nothing but reading it could tell. */
  private void replaceUnnoticed(byte[] content) throws IOException {
    TargetEntry there = requireNonNull(target.stat(FILE));
    target.publish(
        List.of(
            target
                .stage(
                    FILE,
                    TestContent.of(content),
                    there.mtimeSeconds(),
                    there.mode(),
                    content.length)
                .await()),
        SyncTarget.PublishOrder.GIVEN);
  }

  private void change(byte[] content) throws IOException {
    Files.write(file, content);
  }

  private long sync() throws Exception {
    return sync(false);
  }

  /** Mirrors the file; how many bytes of it were sent. */
  private long sync(boolean verify) throws Exception {
    long before = counting.sentBytes();
    run(verify, FILE);
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file");
    assertThat(read(FILE)).as("seed %s", SEED).isEqualTo(Files.readAllBytes(file));
    return counting.sentBytes() - before;
  }

  private byte[] read(RelPath path) throws IOException {
    ByteArrayOutputStream there = new ByteArrayOutputStream();
    target.read(path, Long.MAX_VALUE, there::write);
    return there.toByteArray();
  }

  private void run(boolean verify, RelPath... hints) throws Exception {
    rounds.hinted(counting.asTarget(), names, verify, Set.of(hints));
  }
}
