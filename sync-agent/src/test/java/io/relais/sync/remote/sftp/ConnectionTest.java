package io.relais.sync.remote.sftp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.TestContent;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One connection: made, kept, noticed to be lost, made again, and ended. */
final class ConnectionTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofSeconds(1);

  @TempDir Path directory;

  private LoopbackLink server;
  private FaultyProxy proxy;
  private Path sshConfig;

  @BeforeEach
  void start() throws IOException {
    server =
        LoopbackLink.start(
            directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
    proxy = FaultyProxy.before(server.bastionPort());
    sshConfig = server.sshConfig();
    leadTo(sshConfig, "Port ");
    leadTo(server.knownHosts(), "]:");
  }

  private void leadTo(Path file, String before) throws IOException {
    String text = Files.readString(file);
    Files.writeString(file, text.replace(before + server.bastionPort(), before + proxy.port()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    server.close();
  }

  private TestLinks links(Duration keepalive, Duration connectTimeout) {
    return TestLinks.of(sshConfig, keepalive, connectTimeout, Optional.empty());
  }

  private static void assertWorks(SyncTarget target) throws IOException {
    assertThat(target.list(RelPath.ROOT)).isNotNull();
  }

  @Test
  void serves() throws Exception {
    try (TestLinks links = TestLinks.of(sshConfig);
        SyncTarget target = links.to("backup").open(() -> {})) {
      assertWorks(target);
    }
    await().until(() -> proxy.connections() == 0);
  }

  @Test
  void sharesOneConnectionBetweenMirrors() throws Exception {
    try (TestLinks links = TestLinks.of(sshConfig);
        SyncTarget one = links.to("backup").open(() -> {})) {
      try (SyncTarget other = links.to("backup").open(() -> {})) {
        assertWorks(other);
        assertThat(proxy.connections()).isEqualTo(1);
      }
      assertWorks(one);
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void servesARootThatASymlinkLeadsTo() throws Exception {
    Files.createDirectory(server.root().resolve("there"));
    Files.createSymbolicLink(server.root().resolve("link"), Path.of("there"));
    try (TestLinks links = TestLinks.of(sshConfig);
        SyncTarget target =
            links.to("backup", "/link", new TemporaryNameGenerator("test")).open(() -> {})) {
      target.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
      assertThat(target.stat(RelPath.ROOT))
          .satisfies(
              entry -> assertThat(requireNonNull(entry).kind()).isEqualTo(EntryKind.DIRECTORY));
      target.make(new RemoteChange.MakeDirectory(RelPath.ofLatin1("below"), 0755));
    }
    assertThat(server.root().resolve("there/below")).isDirectory();
  }

  @Test
  void opensNoPort() throws Exception {
    Set<String> before = OpenPorts.ofThisProcess();
    assertThat(before).isNotEmpty();
    try (TestLinks links = TestLinks.of(sshConfig);
        SyncTarget target = links.to("backup").open(() -> {})) {
      assertWorks(target);
      assertThat(OpenPorts.ofThisProcess()).isEqualTo(before);
    }
  }

  @Test
  void saysWhenToTryAgainAndTriesNoEarlier() throws Exception {
    FakeClock clock = new FakeClock();
    try (TestLinks links = TestLinks.of(sshConfig, clock)) {
      TargetConnector link = links.to("backup");
      server.stopBastion();
      TargetUnavailableException first = failure(link);
      assertThat(first.nextTry())
          .isBetween(clock.instant(), clock.instant().plus(Duration.ofMillis(500)));
      server.restartBastion();
      clock.advanceTo(first.nextTry().minusNanos(1));
      assertThat(failure(links.to("backup")).nextTry()).isEqualTo(first.nextTry());
      clock.advanceTo(first.nextTry());
      try (SyncTarget target = link.open(() -> {})) {
        assertWorks(target);
      }
    }
  }

  private static TargetUnavailableException failure(TargetConnector link) {
    TargetUnavailableException failure =
        catchThrowableOfType(TargetUnavailableException.class, () -> link.open(() -> {}));
    assertThat(failure).isNotNull().hasMessageContaining("bastion (127.0.0.1:");
    return failure;
  }

  @Test
  void saysThatTheBackupIsDown() throws Exception {
    try (TestLinks links = TestLinks.of(sshConfig)) {
      server.stopBackup();
      assertThatThrownBy(() -> links.to("backup").open(() -> {}))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageContaining("can't reach backup (127.0.0.1:" + server.backupPort() + ")");
      await().until(() -> proxy.connections() == 0);
    }
  }

  @Test
  void connectsAgainAfterALoss() throws Exception {
    AtomicInteger losses = new AtomicInteger();
    try (TestLinks links = TestLinks.of(sshConfig)) {
      TargetConnector link = links.to("backup");
      for (int i = 1; i <= 3; i++) {
        SyncTarget target = link.open(losses::incrementAndGet);
        assertWorks(target);
        proxy.resetConnections();
        await().untilAtomic(losses, org.hamcrest.Matchers.is(i));
        assertThat(target.isOpen()).isFalse();
        target.close();
      }
      assertThat(losses).hasValue(3);
    }
  }

  @Test
  void refusesAnUnknownHostKey() throws Exception {
    Files.writeString(server.knownHosts(), "");
    FakeClock clock = new FakeClock();
    try (TestLinks links = TestLinks.of(sshConfig, clock)) {
      TargetRefusedException refusal =
          catchThrowableOfType(
              TargetRefusedException.class, () -> links.to("backup").open(() -> {}));
      assertThat(refusal)
          .hasMessageContaining("host key of bastion (127.0.0.1:" + proxy.port() + ")")
          .hasMessageContaining("SHA256:");
      assertThat(refusal.nextTry())
          .isBetween(clock.instant(), clock.instant().plus(Duration.ofSeconds(30)));
      await().until(() -> proxy.connections() == 0);
    }
  }

  @Test
  void noticesALinkThatIsFrozen() throws Exception {
    AtomicBoolean lost = new AtomicBoolean();
    try (TestLinks links = links(SHORT, LONG);
        SyncTarget target = links.to("backup").open(() -> lost.set(true));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      proxy.blackhole();
      Future<?> upload =
          threads.submit(
              () ->
                  target
                      .stage(
                          RelPath.ofLatin1("file"), TestContent.endless(() -> {}), 1, 0644, 1 << 20)
                      .await());
      await().atMost(Duration.ofSeconds(30)).untilTrue(lost);
      assertThatThrownBy(upload::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(TargetUnavailableException.class);
    }
  }

  @Test
  void probesAsOftenAsTheSshConfigurationSays() throws Exception {
    Files.writeString(
        sshConfig, "ServerAliveInterval 1\nServerAliveCountMax 1\n" + Files.readString(sshConfig));
    AtomicBoolean lost = new AtomicBoolean();
    try (TestLinks links = links(LONG, LONG);
        SyncTarget target = links.to("backup").open(() -> lost.set(true))) {
      proxy.blackhole();
      await().atMost(Duration.ofSeconds(30)).untilTrue(lost);
      assertThat(target.isOpen()).isFalse();
    }
  }

  @Test
  void closesAtOnceWhileTheLinkIsFrozen() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      TestLinks links = links(LONG, LONG);
      SyncTarget target = links.to("backup").open(() -> {});
      proxy.blackhole();
      Future<?> upload =
          threads.submit(
              () ->
                  target
                      .stage(
                          RelPath.ofLatin1("file"), TestContent.endless(() -> {}), 1, 0644, 1 << 20)
                      .await());
      await().until(() -> proxy.bytesSwallowed() > 0);
      Future<?> closing =
          threads.submit(
              () -> {
                target.close();
                links.close();
              });
      await().atMost(Duration.ofSeconds(10)).until(() -> closing.isDone() && upload.isDone());
      assertThatThrownBy(upload::get).hasCauseInstanceOf(TargetUnavailableException.class);
    }
  }

  @Test
  void closesAtOnceWhileItConnects() throws Exception {
    proxy.blackhole();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      TestLinks links = links(LONG, LONG);
      TargetConnector link = links.to("backup");
      Future<?> opening = threads.submit(() -> link.open(() -> {}));
      await().until(() -> proxy.bytesSwallowed() > 0);
      Future<?> closing = threads.submit(links::close);
      await().atMost(Duration.ofSeconds(10)).until(() -> closing.isDone() && opening.isDone());
      assertThatThrownBy(opening::get).hasCauseInstanceOf(TargetUnavailableException.class);
      assertThatThrownBy(() -> link.open(() -> {})).isInstanceOf(TargetUnavailableException.class);
    }
  }

  @Test
  void leavesNothingOfAConnectionThatTookTooLong() throws Exception {
    proxy.blackhole();
    try (TestLinks links = links(LONG, SHORT)) {
      TargetConnector link = links.to("backup");
      assertThatThrownBy(() -> link.open(() -> {}))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageContaining("bastion (127.0.0.1:" + proxy.port() + ")");
      await().until(() -> proxy.connections() == 0);
    }
  }

  @Test
  void isInterruptedWhileItConnects() throws Exception {
    proxy.blackhole();
    try (TestLinks links = links(LONG, LONG)) {
      TargetConnector link = links.to("backup");
      AtomicBoolean stillInterrupted = new AtomicBoolean();
      Thread opening =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      link.open(() -> {}).close();
                    } catch (IOException e) {
                      stillInterrupted.set(Thread.currentThread().isInterrupted());
                    }
                  });
      await().until(() -> proxy.bytesSwallowed() > 0);
      opening.interrupt();
      await().until(() -> !opening.isAlive());
      assertThat(stillInterrupted).isTrue();
      await().until(() -> proxy.connections() == 0);
    }
  }
}
