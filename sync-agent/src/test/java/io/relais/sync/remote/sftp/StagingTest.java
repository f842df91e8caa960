package io.relais.sync.remote.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.loopback.Operation;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What is opened ahead for small files, and what becomes of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class StagingTest {
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");
  private static final FileTime OLD = FileTime.fromMillis(1_600_000_000_000L);
  private static final long TIME = 1_700_000_001L;

  @TempDir static Path directory;

  private LoopbackLink server;
  private TestLinks client;
  private SyncTarget target;
  private Path root;
  private int places;

  @BeforeAll
  void start() throws Exception {
    Path served = Files.createDirectories(directory.resolve("served"));
    server = LoopbackLink.start(directory.resolve("server"), served);
    client = TestLinks.of(server.sshConfig());
  }

  @AfterAll
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @BeforeEach
  void connect() throws Exception {
    places++;
    root = directory.resolve("served/site" + places);
    Files.createDirectories(root.resolve("d"));
    target = open(false);
    Files.setLastModifiedTime(root, OLD);
  }

  private SyncTarget open(boolean consistent) throws Exception {
    return client
        .to(
            "backup",
            "/site" + places,
            NAMES,
            new TargetOptions(true, consistent, Optional.empty(), TargetOptions.Wide.USUAL))
        .open(() -> {});
  }

  @AfterEach
  void disconnect() {
    server.heal();
    target.close();
  }

  private Staged stage(String path, String content) throws IOException {
    byte[] bytes = content.getBytes(UTF_8);
    return target
        .stage(RelPath.ofLatin1(path), new BytesContent(bytes), TIME, 0640, bytes.length)
        .await();
  }

  private void put(String path, String content) throws IOException {
    assertThat(target.publish(List.of(stage(path, content)), SyncTarget.PublishOrder.GIVEN))
        .containsExactly(Optional.empty());
    assertThat(root.resolve(path)).hasContent(content);
  }

  private List<Path> own() throws IOException {
    try (var listed = Files.list(root)) {
      return listed
          .filter(path -> TemporaryNames.isTemporary(path.getFileName().toString()))
          .toList();
    }
  }

  private boolean isOpenedAhead(Staged staged) {
    return !staged.temporary().parent().equals(staged.path().parent());
  }

  @Test
  void opensFilesAheadInADirectoryThatNobodyElseCanRead() throws IOException {
    Staged staged = stage("d/file", "x");
    assertThat(isOpenedAhead(staged)).isTrue();
    assertThat(own()).hasSize(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own().getFirst())))
        .isEqualTo("rwx------");
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("d");
    assertThat(target.list(RelPath.ofLatin1("d"))).isEmpty();
    target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN);
    assertThat(root.resolve("d/file")).hasContent("x");
  }

  @Test
  void keepsTheTimeOfTheRoot() throws IOException {
    put("d/file", "x");
    assertThat(Files.getLastModifiedTime(root)).isEqualTo(OLD);
    target.close();
    assertThat(own()).isEmpty();
    assertThat(Files.getLastModifiedTime(root)).isEqualTo(OLD);
  }

  @Test
  void makesNothingBeforeAFileComes() throws IOException {
    target.list(RelPath.ROOT);
    target.stageSymlink(RelPath.ofLatin1("link"), "x", TIME);
    target
        .stage(RelPath.ofLatin1("big"), new BytesContent(new byte[1 << 20]), TIME, 0640, 1 << 20)
        .await();
    assertThat(own()).noneMatch(Files::isDirectory);
  }

  @Test
  void needsNoMoreFilesThanAreSent() throws IOException {
    for (int i = 0; i < 100; i++) {
      put("d/file" + i, "content " + i);
    }
    try (var ahead = Files.list(own().getFirst())) {
      assertThat(ahead.count()).isLessThan(20);
    }
  }

  @Test
  void leavesItToOthersToListWhatALostConnectionLeft() throws Exception {
    put("d/file", "x");
    Path left = own().getFirst();
    server.dropConnections();
    SyncTarget again = open(false);
    assertThat(again.list(RelPath.ROOT)).containsKey(left.getFileName().toString());
    again.close();
  }

  @Test
  void copiesAFileWhosePlaceIsOnAnotherFileSystem() throws IOException {
    AtomicInteger renames = new AtomicInteger();
    put("d/before", "x");
    // As rename(2) would refuse it, from the staging directory alone.
    server.fail(Operation.RENAME, path -> path.contains("/d/") && renames.incrementAndGet() <= 2);
    Files.writeString(root.resolve("d/file"), "old");
    put("d/file", "new");
    assertThat(Files.getLastModifiedTime(root.resolve("d/file")).toMillis()).isEqualTo(TIME * 1000);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("d/file"))))
        .isEqualTo("rw-r-----");
    try (var listed = Files.list(root.resolve("d"))) {
      assertThat(listed.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("before", "file");
    }
    assertThat(isOpenedAhead(stage("d/next", "x"))).as("it is remembered").isFalse();
  }

  @Test
  void leavesNothingOfAFileThatCannotBePutInPlace() throws IOException {
    Files.createDirectories(root.resolve("d/taken"));
    List<Optional<TargetException>> results =
        target.publish(List.of(stage("d/taken", "x")), SyncTarget.PublishOrder.GIVEN);
    assertThat(results.getFirst()).isPresent();
    try (var listed = Files.list(root.resolve("d"))) {
      assertThat(listed).containsExactly(root.resolve("d/taken"));
    }
    assertThat(isOpenedAhead(stage("d/next", "x"))).as("that was not the reason").isTrue();
  }

  @Test
  void putsSeveralInPlaceInOrder() throws IOException {
    List<Staged> staged =
        List.of(
            stage("d/same", "first"),
            target.stageSymlink(RelPath.ofLatin1("d/same"), "second", TIME),
            stage("d/same", "third"));
    assertThat(target.publish(staged, SyncTarget.PublishOrder.GIVEN)).allMatch(Optional::isEmpty);
    assertThat(root.resolve("d/same")).hasContent("third");
  }

  @Test
  void goesOnWhenSomebodyRemovesIt() throws IOException {
    put("d/file", "old");
    Staged staged = stage("d/file", "new");
    Path removed = own().getFirst();
    try (var ahead = Files.list(removed)) {
      for (Path file : ahead.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(removed);
    assertThat(target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN).getFirst())
        .hasValueSatisfying(e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND));
    assertThat(root.resolve("d/file")).hasContent("old");
    put("d/file", "new");
    assertThat(own()).hasSize(1).doesNotContain(removed);
  }

  @Test
  void doesWithoutWhereTheRootTakesNoDirectory() throws IOException {
    server.fail(Operation.MAKE_DIRECTORY, path -> true);
    Staged staged = stage("d/file", "x");
    assertThat(isOpenedAhead(staged)).isFalse();
    target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN);
    assertThat(root.resolve("d/file")).hasContent("x");
  }

  @Test
  void saysAtOnceThatAFileCannotBeOpened() throws IOException {
    put("d/file", "x");
    server.fail(Operation.OPEN, path -> true);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 30; i++) {
                put("d/file", "y" + i);
              }
            })
        .isInstanceOf(TargetException.class);
    server.heal();
    put("d/file", "z");
  }

  @Test
  void aMirrorThatIsToBeConsistentLearnsOfAMissingPlaceBeforeItSwitches() throws Exception {
    target.close();
    target = open(true);
    assertThatThrownBy(() -> stage("no/where", "x")).isInstanceOf(TargetException.class);
    assertThat(own()).isEmpty();
  }

  @Test
  void aDirectoryThatGivesItsGroupToItsFilesGetsThemMadeInside() throws IOException {
    Files.setAttribute(root.resolve("d"), "unix:mode", 02755);
    target.list(RelPath.ROOT);
    assertThat(isOpenedAhead(stage("d/file", "x"))).isFalse();
    target.make(new RemoteChange.MakeDirectory(RelPath.ofLatin1("d/below"), 0755));
    assertThat(isOpenedAhead(stage("d/below/file", "x"))).isFalse();
    assertThat(isOpenedAhead(stage("file", "x"))).isTrue();
  }
}
