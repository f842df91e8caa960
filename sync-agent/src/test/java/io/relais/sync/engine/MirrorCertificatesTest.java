package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.certificate.CertificateKeyCheckTest;
import io.relais.sync.certificate.CertificateKeyCheckTest.Pair;
import io.relais.sync.index.SqliteIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
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
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a consistent mirror does, and says, while its certificates don't match. */
final class MirrorCertificatesTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private static Path stores;
  private static Pair before;
  private static Pair after;

  @TempDir private Path directory;

  private final InMemoryDisk disk = new InMemoryDisk();
  private volatile Duration ahead = Duration.ZERO;
  private final AtomicLong looks = new AtomicLong();
  private volatile @Nullable MirrorState shown;
  private volatile List<String> problems = List.of();

  @SuppressWarnings("NullAway.Init")
  private Path source;

  @SuppressWarnings("NullAway.Init")
  private Mirror mirror;

  @SuppressWarnings("NullAway.Init")
  private Thread owner;

  @BeforeAll
  static void makePairs() throws Exception {
    before = CertificateKeyCheckTest.pair(stores, "before", "EC", "256");
    after = CertificateKeyCheckTest.pair(stores, "after", "EC", "256");
  }

  @BeforeEach
  void start() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    write("a.key", before.key());
    write("a.cer", before.certificate());
    write("fullchain.cer", before.certificate());
    Path state = Files.createDirectory(directory.resolve("state"));
    SqliteIndex.unpackNativeLibraryIn(state);
    MirrorSettings settings = new PlainSettings(source, state).consistent(true).get();
    TemporaryNameGenerator names = new TemporaryNameGenerator("test");
    InstantSource clock = () -> Instant.now().plus(ahead);
    mirror =
        new Mirror(
            settings,
            Debouncer.wholeMirror(Duration.ofMillis(1), 1000),
            () -> LinuxSourceTree.open(source, LinkPolicy.PRESERVE),
            disk.link(names),
            SqliteIndex.open(state, clock, problem -> {}),
            names,
            new Board(),
            clock);
    mirror.watched();
    owner = Thread.ofPlatform().daemon().start(mirror);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @AfterEach
  void end() throws InterruptedException {
    mirror.stop();
    assertThat(owner.join(LIMIT)).isTrue();
  }

  @Test
  void saysOnceThatItWaitsAndSinceWhen() throws IOException {
    write("unrelated", "text");
    write("a.key", after.key());
    changed("unrelated", "a.key");
    MirrorState.Waiting waiting = awaitWaiting();
    assertThat(waiting.describe())
        .isEqualTo(
            "waiting, with 2 paths not sent yet: the private key in a.key matches no certificate"
                + " in its directory (yet)");
    assertThat(problems).isEmpty();

    look(Duration.ofHours(2));
    assertThat(awaitWaiting().since()).isEqualTo(waiting.since());
    assertThat(problems).isEmpty();
    assertThat(copy("a.key")).isEqualTo(before.key());

    write("a.cer", after.certificate());
    write("fullchain.cer", after.certificate());
    changed("a.cer", "fullchain.cer");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(copy("a.key")).isEqualTo(after.key());
    assertThat(copy("unrelated")).isEqualTo("text");
  }

  @Test
  void waitsForAnEmptiedKeyForAsLongAsItIs() throws IOException {
    write("a.key", "");
    changed("a.key");
    assertThat(awaitWaiting().describe()).endsWith("a.key is empty (yet)");

    look(Duration.ofHours(2));
    assertThat(copy("a.key")).isEqualTo(before.key());

    write("a.key", before.key());
    changed("a.key");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
  }

  @Test
  void waitsAMinuteForAnOldCertificateAndThenGoesOn() throws IOException {
    write("a.key", after.key());
    write("a.cer", after.certificate());
    changed("a.key", "a.cer");
    assertThat(awaitWaiting().describe()).contains("fullchain.cer (yet)");

    look(Duration.ofSeconds(45));
    assertThat(copy("a.key")).isEqualTo(before.key());
    assertThat(copy("a.cer")).isEqualTo(before.certificate());
    awaitWaiting();

    look(CertificateWait.PATIENCE);
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(copy("a.key")).isEqualTo(after.key());

    // What was let pass once holds nothing up again.
    write("a.cer", after.certificate() + before.certificate());
    changed("a.cer");
    await().atMost(LIMIT).until(() -> copy("a.cer").length() > after.certificate().length());
  }

  @Test
  void switchesAtOnceWhenTheRenewalIsWhole() throws IOException {
    write("a.key", after.key());
    write("a.cer", after.certificate());
    changed("a.key", "a.cer");
    awaitWaiting();

    write("fullchain.cer", after.certificate());
    changed("fullchain.cer");
    await().atMost(LIMIT).until(() -> shown instanceof MirrorState.InSync);
    assertThat(copy("a.key")).isEqualTo(after.key());
    assertThat(copy("fullchain.cer")).isEqualTo(after.certificate());
  }

  private MirrorState.Waiting awaitWaiting() {
    await()
        .atMost(LIMIT)
        .until(() -> shown instanceof MirrorState.Waiting waiting && waiting.mismatch() != null);
    return (MirrorState.Waiting) requireNonNull(shown);
  }

  /** Lets time pass, and the mirror look again because of that. */
  private void look(Duration after) {
    long sofar = looks.get();
    ahead = after;
    mirror.listener().degradedNow(Set.of()); // Wakes it; nothing waits on this clock.
    await().atMost(LIMIT).until(() -> looks.get() > sofar);
  }

  private void write(String name, String text) throws IOException {
    Files.write(source.resolve(name), text.getBytes(US_ASCII));
  }

  private void changed(String... names) {
    for (String name : names) {
      mirror.listener().changed(RelPath.ofLatin1(name), Sign.CLOSED);
    }
  }

  private String copy(String name) {
    return new String(disk.contentOf(RelPath.ofLatin1(name)), US_ASCII);
  }

  private final class Board implements StatusSink {
    @Override
    public void transferring(String name, TransferProgress transferProgress) {}

    @Override
    public void show(String name, MirrorState state, Report report) {
      problems = report.problems();
      shown = state;
      looks.incrementAndGet();
    }
  }
}
