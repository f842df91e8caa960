package io.relais.sync.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.loopback.LoopbackLink;
import io.relais.sftp.ListingMemoryBudget;
import io.relais.sftp.ResponseTimeouts;
import io.relais.sftp.SftpChannelGroup;
import io.relais.sftp.SftpClient;
import io.relais.sync.config.SyncConfig.DataRate;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.remote.TestContent;
import io.relais.sync.remote.sftp.SftpTarget;
import io.relais.sync.remote.sftp.TargetOptions;
import io.relais.testbed.ssh.FaultyProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A connection that is lost while a large file is sent over several, or while these are made: the
 * upload ends at once.
 *
 * <p>Set {@code relais.seed} to repeat a run, and {@code relais.cuts} for more of them.
 */
@SuppressWarnings("NullAway.Init")
final class LostConnectionsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");

  /** Everything of a megabyte goes over several connections. */
  private static final TargetOptions.Wide WIDE = new TargetOptions.Wide(1 << 20, Duration.ZERO);

  @TempDir Path directory;

  private LoopbackLink server;
  private FaultyProxy proxy;
  private TestLinks links;
  private ExecutorService threads;

  @BeforeEach
  void start() throws IOException {
    server =
        LoopbackLink.start(
            directory.resolve("client"), Files.createDirectory(directory.resolve("copy")));
    proxy = FaultyProxy.before(server.bastionPort());
    leadTo(server.sshConfig(), "Port ");
    leadTo(server.knownHosts(), "]:");
    links = TestLinks.of(server.sshConfig());
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  private void leadTo(Path file, String before) throws IOException {
    String text = Files.readString(file);
    Files.writeString(file, text.replace(before + server.bastionPort(), before + proxy.port()));
  }

  @AfterEach
  void stop() throws IOException {
    links.close();
    proxy.close();
    server.close();
    threads.shutdownNow();
  }

  private static TargetOptions options(long bytesPerSecond) {
    return new TargetOptions(true, false, Optional.of(new DataRate(bytesPerSecond)), WIDE);
  }

  private Future<?> upload(SyncTarget target, Runnable atStart) {
    return threads.submit(
        () ->
            target
                .stage(RelPath.ofLatin1("large"), TestContent.endless(atStart), 1, 0644, 2 << 20)
                .await());
  }

  private static void assertFails(Future<?> upload, String about) {
    assertThat(upload)
        .as(about)
        .failsWithin(SOON)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(TargetUnavailableException.class);
  }

  /** A target on a channel, with further connections of one's own making. */
  private static SyncTarget target(SftpClient sftp, ChannelOpener.Connector more, Runnable onLost)
      throws IOException {
    ClientSession session = (ClientSession) sftp.channel().getSession();
    return new SftpTarget(
        sftp,
        new RemoteLocation("tester", "backup", ""),
        NAMES,
        options(1 << 20),
        new ChannelOpener(
            session,
            more,
            ResponseTimeouts.DEFAULT,
            new SessionBudget(),
            new SftpChannelGroup(),
            true),
        ListingMemoryBudget.ofThisProcess(),
        onLost);
  }

  private static ClientSession connect(ChannelOpener more) throws IOException {
    SftpClient client = more.openConnection();
    if (client == null) {
      throw new IOException("no further connection");
    }
    return (ClientSession) client.channel().getSession();
  }

  /** Whoever comes next may be given it before its end is known. */
  @Test
  void aConnectionThatIsLostBetweenTwoUsesIsReplacedAtOnce() throws Exception {
    TargetConnector link = links.to("backup", "/data", NAMES);
    for (int i = 0; i < 50; i++) {
      try (SyncTarget target = link.open(() -> {})) {
        assertThat(target.isOpen()).isTrue();
      }
      proxy.resetConnections();
    }
  }

  @Test
  void anUploadDoesNotWaitForConnectionsOnceTheTargetIsLost() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    CountDownLatch lost = new CountDownLatch(1);
    links.channels(
        "backup",
        (sftp, more) -> {
          SyncTarget target =
              target(
                  sftp,
                  session -> {
                    asked.countDown();
                    waitFor(released);
                    throw new IOException("too late");
                  },
                  lost::countDown);
          try {
            Future<?> upload = upload(target, () -> {});
            waitFor(asked);
            proxy.resetConnections();
            assertFails(upload, "while connections are made");
            assertThat(lost.getCount()).isZero();
          } finally {
            released.countDown();
          }
          return sftp;
        });
  }

  @Test
  void endsConnectionsThatAreMadeTooLate() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    List<ClientSession> late = new CopyOnWriteArrayList<>();
    links.channels(
        "backup",
        (sftp, more) -> {
          SyncTarget target =
              target(
                  sftp,
                  session -> {
                    asked.countDown();
                    waitFor(released);
                    ClientSession made = connect(more);
                    late.add(made);
                    return made;
                  },
                  () -> {});
          try {
            Future<?> upload = upload(target, () -> {});
            waitFor(asked);
            sftp.channel().end();
            assertFails(upload, "while connections are made");
          } finally {
            released.countDown();
          }
          await().atMost(SOON).until(() -> late.size() == 4);
          await().atMost(SOON).until(() -> late.stream().noneMatch(ClientSession::isOpen));
          return sftp;
        });
  }

  @Test
  void anUploadEndsWithAnyOfItsConnections() throws Exception {
    for (int i = 0; i < 4; i++) {
      int which = i;
      CountDownLatch started = new CountDownLatch(1);
      CountDownLatch lost = new CountDownLatch(1);
      List<ClientSession> made = new CopyOnWriteArrayList<>();
      links.channels(
          "backup",
          (sftp, more) -> {
            SyncTarget target =
                target(
                    sftp,
                    session -> {
                      ClientSession another = connect(more);
                      made.add(another);
                      return another;
                    },
                    lost::countDown);
            Future<?> upload = upload(target, started::countDown);
            waitFor(started);
            made.get(which).close(true);
            assertFails(upload, "connection " + which);
            await().atMost(SOON).until(() -> lost.getCount() == 0);
            return sftp;
          });
    }
  }

  /** Its locks, and those of the session below, would be held while others are closed. */
  @Test
  void aThreadThatWritesClosesNothing() throws Exception {
    CompletableFuture<Boolean> endedByWriter = new CompletableFuture<>();
    links.channels(
        "backup",
        (sftp, more) -> {
          HopSession below = below(sftp);
          sftp.channel().whenOver(() -> endedByWriter.complete(below.isWritingHere()));
          proxy.delay(Duration.ofMillis(50));
          var _ = sftp.lstat("/").thenRun(() -> failToWrite(below));
          assertThat(endedByWriter).succeedsWithin(SOON).isEqualTo(false);
          return sftp;
        });
  }

  private static HopSession below(SftpClient sftp) {
    AttributeRepository context =
        (AttributeRepository)
            sftp.channel().getSession().getIoSession().getAttribute(AttributeRepository.class);
    return (HopSession) context.getAttribute(TunnelConnector.VIA);
  }

  private static void failToWrite(HopSession session) {
    try {
      ((Nio2Session) session.getIoSession()).getSocket().shutdownOutput();
      session.sendIgnoreMessage();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anUploadEndsWhereverItIsCut() throws Exception {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    int cuts = Integer.getInteger("relais.cuts", 8);
    Random random = new Random(seed);
    TargetConnector link = links.to("backup", "/", NAMES, options(8 << 20));
    for (int i = 0; i < cuts; i++) {
      // The first part are the connections that are made.
      int after = random.nextInt(random.nextBoolean() ? 50_000 : 4 << 20);
      String about = "-Drelais.seed=%d, cut %d after %,d bytes".formatted(seed, i, after);
      CountDownLatch lost = new CountDownLatch(1);
      SyncTarget target = link.open(lost::countDown);
      proxy.cutAfter(after);
      assertFails(upload(target, () -> {}), about);
      await(about).atMost(SOON).until(() -> lost.getCount() == 0);
      target.close();
      proxy.restore();
    }
  }

  private static void waitFor(CountDownLatch latch) {
    assertThat(Uninterruptibles.awaitUninterruptibly(latch, Duration.ofMinutes(1)))
        .as("within a minute")
        .isTrue();
  }
}
