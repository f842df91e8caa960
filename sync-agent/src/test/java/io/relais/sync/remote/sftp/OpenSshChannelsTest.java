package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.openssh.HopChain;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannel;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.SftpSubsystem;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.ConnectionService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What only OpenSSH's servers and a kernel's file systems show. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class OpenSshChannelsTest {
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");
  private static final TargetOptions WIDE =
      new TargetOptions(
          true, false, Optional.empty(), new TargetOptions.Wide(1 << 20, Duration.ZERO));

  @TempDir static Path directory;

  private OpenSshBed bed;

  @BeforeAll
  void start() throws IOException {
    bed = OpenSshBed.in(directory.resolve("bed")).start();
  }

  @AfterAll
  void stop() {
    bed.close();
  }

  private static Staged stage(SyncTarget target, String path, byte[] content) throws IOException {
    return target
        .stage(
            RelPath.ofLatin1(path), new BytesContent(content), 1_700_000_001L, 0440, content.length)
        .await();
  }

  private static void put(SyncTarget target, String path, byte[] content) throws IOException {
    assertThat(target.publish(List.of(stage(target, path, content)), SyncTarget.PublishOrder.GIVEN))
        .containsExactly(Optional.empty());
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void aFileGetsToAnotherFileSystemToo() throws Exception {
    try (TestLinks client = TestLinks.of(bed.sshConfig());
        SyncTarget target = client.to("backup", "/data/mounts", NAMES).open(() -> {})) {
      target.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      target.make(new RemoteChange.MakeDirectory(RelPath.ofLatin1("other"), 0755));
      Path other = bed.data().resolve("mounts/other");
      run("mount", "-t", "tmpfs", "-o", "mode=777", "relais-test", other.toString());
      try {
        put(target, "other/file", new byte[5000]);
        put(target, "other/file", new byte[6000]);
        List<Staged> several =
            List.of(stage(target, "here", new byte[1]), stage(target, "other/there", new byte[2]));
        assertThat(target.publish(several, SyncTarget.PublishOrder.GIVEN))
            .allMatch(Optional::isEmpty);
        assertThat(target.list(RelPath.ofLatin1("other"))).containsOnlyKeys("file", "there");
        assertThat(target.stat(RelPath.ofLatin1("other/file")))
            .satisfies(
                entry -> {
                  assertThat(entry.size()).isEqualTo(6000);
                  assertThat(entry.mode()).isEqualTo(0440);
                  assertThat(entry.mtimeSeconds()).isEqualTo(1_700_000_001L);
                });
      } finally {
        run("umount", other.toString());
      }
    }
  }

  @Test
  void manyAndLargeFilesAreWhole() throws Exception {
    byte[] large = new byte[20_000_003];
    new Random(1).nextBytes(large);
    try (TestLinks client = TestLinks.of(bed.sshConfig());
        SyncTarget target = client.to("backup", "/data/many", NAMES, WIDE).open(() -> {});
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      target.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      Future<?> largeOne =
          threads.submit(
              () -> {
                put(target, "large", large);
                return null;
              });
      List<Future<?>> small =
          IntStream.range(0, 300)
              .<Future<?>>mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            put(target, "small" + i, new byte[i]);
                            return null;
                          }))
              .toList();
      for (Future<?> each : small) {
        each.get();
      }
      largeOne.get();
      assertThat(target.list(RelPath.ROOT)).hasSize(301);
    }
    assertThat(bed.data().resolve("many/large")).hasBinaryContent(large);
    try (var left = Files.list(bed.data().resolve("many"))) {
      assertThat(left.count()).as("also of the staging directory, nothing is left").isEqualTo(301);
    }
  }

  @Test
  void compressionSavesBytes() throws Exception {
    Path config = bed.sshConfig().resolveSibling("compressing");
    Files.writeString(config, "Compression yes\n" + Files.readString(bed.sshConfig()));
    try (TestLinks client = TestLinks.of(config);
        SyncTarget target = client.to("backup", "/data/small", NAMES).open(() -> {})) {
      target.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      long before = bed.proxy().bytesToServer();
      put(target, "zeros", new byte[4 << 20]);
      assertThat(bed.proxy().bytesToServer() - before).isLessThan(1 << 20);
      assertThat(bed.data().resolve("small/zeros")).hasBinaryContent(new byte[4 << 20]);
    }
  }

  /** A server that allows ten sessions counts each until it knows that it has ended. */
  @Test
  void aChannelThatEndsAtOnceLeavesItsPlaceToOthers() throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig())) {
      HopChain chain = links.chain("backup");
      links.channels(
          "backup",
          (first, more) -> {
            for (int i = 0; i < 15; i++) {
              giveUpAndEnd((ClientSession) first.channel().getSession(), chain);
            }
            assertThat(SftpClient.await(first.lstat("/data")).type()).isEqualTo(SftpReply.ATTRS);
            return first;
          });
    }
  }

  private static void giveUpAndEnd(ClientSession session, HopChain chain) throws IOException {
    SftpChannel opening = new SftpChannel();
    session.getService(ConnectionService.class).registerChannel(opening);
    OpenFuture _ = opening.open();
    opening.end();

    SftpClient opened =
        SftpSubsystem.open(
            "backup", chain, session, ResponseTimeouts.DEFAULT, new SftpChannelGroup(), c -> c);
    byte[] piece = new byte[128 << 10];
    for (int i = 0; i < 40; i++) {
      // More than there is room for: the end must not wait for that.
      SftpPacket write = opened.startWrite("none", 0, piece.length);
      var _ = opened.channel().send(write.putBytes(piece, 0, piece.length));
    }
    Future<SftpReply> unanswered = opened.lstat("/data");
    opened.channel().end();
    await("whoever waits for it, does no more").until(unanswered::isDone);
    assertThat(opened.channel().isOpen()).isFalse();
  }
}
