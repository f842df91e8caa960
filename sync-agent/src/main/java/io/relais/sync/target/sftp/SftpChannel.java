package io.relais.sync.target.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.sync.plan.EscapedName;
import io.relais.sync.target.TargetUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.common.io.IoOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An SFTP version 3 channel with any number of requests under way. Each has a future of its own;
 * the server answers in the order in which it got them.
 *
 * <p>Threads: {@link #send} may be called by many and never blocks. Futures complete on the
 * session's I/O thread, so what depends on them must not block either. When the channel ends, all
 * that is under way fails with {@link TargetUnavailableException}.
 */
final class SftpChannel extends ChannelSubsystem {
  private static final int INIT = 1;
  private static final int VERSION = 2;
  private static final int PROTOCOL_VERSION = 3;

  /** Characters of what is no SFTP that a message shows. */
  private static final int MAX_SHOWN = 200;

  private final Map<Integer, CompletableFuture<SftpReply>> underWay = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final CompletableFuture<Map<String, String>> extensions = new CompletableFuture<>();
  private final SftpReassembler reassembler = new SftpReassembler(this::received);
  private volatile @Nullable OutboundQueue outbound;
  private volatile boolean endedByServer;
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  /** How long the server may be silent while it has something to answer. */
  private volatile Duration patience = Duration.ofDays(1);

  private final AtomicBoolean watched = new AtomicBoolean();
  private volatile boolean silent;

  /** {@link System#nanoTime} of what came last, or of the request after which it was due. */
  private volatile long heard;

  SftpChannel() {
    super("sftp");
    setStreaming(Streaming.Async);
    addCloseFutureListener(closed -> fail());
  }

  /**
   * Ends this at once for whoever uses it. The server is told, and the channel forgotten when it
   * has answered: it counts every channel until then, and MINA's own immediate close would leave it
   * counting for as long as the connection lasts.
   */
  void end() {
    close(false);
    IoOutputStream toServer = getAsyncIn();
    if (toServer != null) {
      // What still waits for room there would keep the end from being told.
      toServer.close(true);
    }
    fail();
  }

  /** Runs something, once, when this is of no more use; the server may not know it yet. */
  void whenOver(Runnable action) {
    var _ = over.thenRun(action);
  }

  private void fail() {
    failAll();
    over.complete(null);
  }

  /** The server's extensions and their data, once the channel is up. */
  CompletableFuture<Map<String, String>> extensions() {
    return extensions;
  }

  /** Starts a packet; {@code expectedLength} is a guess of the bytes of its fields. */
  SftpPacket packet(int type, int expectedLength) {
    return new SftpPacket(type, ids.incrementAndGet(), expectedLength);
  }

  /** Sends one request. */
  CompletableFuture<SftpReply> send(SftpPacket packet) {
    return sendTogether(List.of(packet)).getFirst();
  }

  /** Sends requests that the server gets in this order with no other between them. */
  List<CompletableFuture<SftpReply>> sendTogether(List<SftpPacket> packets) {
    List<CompletableFuture<SftpReply>> replies =
        packets.stream().map(packet -> new CompletableFuture<SftpReply>()).toList();
    if (underWay.isEmpty()) {
      heard = System.nanoTime();
    }
    int bytes = 0;
    for (int i = 0; i < packets.size(); i++) {
      underWay.put(idOf(packets.get(i)), replies.get(i));
      bytes += packets.get(i).length();
    }
    OutboundQueue queue = outbound;
    if (queue == null || isClosing()) {
      failAll();
      return replies;
    }
    if (packets.size() == 1) {
      queue.send(packets.getFirst().array(), 0, bytes, this::written);
    } else {
      ByteBuffer joined = ByteBuffer.allocate(bytes);
      packets.forEach(packet -> joined.put(packet.array(), 0, packet.length()));
      queue.send(joined.array(), 0, bytes, this::written);
    }
    if (isClosing()) {
      failAll();
    }
    watch();
    return replies;
  }

  /** Ends this channel, and all that is under way, if an answer is due for so long. */
  void endIfSilentFor(Duration limit) {
    patience = limit;
  }

  private void watch() {
    if (!watched.get() && watched.compareAndSet(false, true)) {
      Thread.ofVirtual().name("silence").start(this::endWhenSilent);
    }
  }

  private void endWhenSilent() {
    while (!underWay.isEmpty() && !isClosing()) {
      Duration left = patience.minusNanos(System.nanoTime() - heard);
      if (!left.isPositive()) {
        silent = true;
        end();
        return;
      }
      try {
        Thread.sleep(left);
      } catch (InterruptedException e) {
        return; // Nobody does that.
      }
    }
    watched.set(false);
    if (!underWay.isEmpty() && !isClosing()) {
      watch();
    }
  }

  private static int idOf(SftpPacket packet) {
    return ByteBuffer.wrap(packet.array()).getInt(5);
  }

  private void written(@Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    boolean unexpected = !isClosing();
    end();
    if (unexpected) {
      // It is the connection that is broken: nobody is to be given it once more.
      getSession().close(true);
    }
  }

  @Override
  protected void doOpen() throws IOException {
    super.doOpen();
    OutboundQueue queue = new OutboundQueue(getAsyncIn(), Runnable::run);
    outbound = queue;
    byte[] init =
        ByteBuffer.allocate(9).putInt(5).put((byte) INIT).putInt(PROTOCOL_VERSION).array();
    queue.send(init, 0, init.length, this::written);
  }

  @Override
  protected void doWriteData(byte[] data, int off, long len) throws IOException {
    if (isClosing()) {
      return;
    }
    heard = System.nanoTime();
    try {
      reassembler.feed(data, off, Math.toIntExact(len));
    } catch (TargetUnavailableException e) {
      if (extensions.isDone()) {
        throw e;
      }
      notSftp(new String(data, off, Math.toIntExact(Math.min(len, MAX_SHOWN)), ISO_8859_1));
      return;
    }
    getLocalWindow().release(len);
  }

  /** What the server prints beside the protocol (a login banner, say) is for its own log. */
  @Override
  protected void doWriteExtendedData(byte[] data, int off, long len) throws IOException {
    getLocalWindow().release(len);
  }

  /** An account's shell or forced command spoke in place of the server. */
  private void notSftp(String text) {
    endedByServer = true;
    extensions.completeExceptionally(
        new TargetUnavailableException(
            "in place of SFTP it says: " + EscapedName.of(text.strip())));
    end();
  }

  @Override
  public void handleEof() throws IOException {
    super.handleEof();
    endedByServer = true;
    end();
  }

  @Override
  public void handleClose() throws IOException {
    endedByServer = true;
    super.handleClose();
    end();
  }

  /** The server has no such subsystem. */
  @Override
  public void handleFailure() {
    endedByServer = true;
    end();
  }

  /** Whether the server itself refused or ended this channel, while the connection went on. */
  boolean isEndedByServer() {
    return endedByServer;
  }

  private void received(ByteBuffer packet) throws IOException {
    int type = packet.get() & 0xFF;
    int id = packet.getInt();
    if (type == VERSION) {
      extensions.complete(readExtensions(new SftpReply(type, packet)));
      return;
    }
    CompletableFuture<SftpReply> reply = underWay.remove(id);
    if (reply == null) {
      throw SftpReply.malformed();
    }
    reply.complete(new SftpReply(type, packet));
  }

  private static Map<String, String> readExtensions(SftpReply version) throws IOException {
    Map<String, String> found = new HashMap<>();
    while (version.body().hasRemaining()) {
      found.put(version.string(), version.string());
    }
    return found;
  }

  private void failAll() {
    TargetUnavailableException failure =
        new TargetUnavailableException(
            silent
                ? "the server did not answer for " + patience
                : endedByServer ? "the server ended the SFTP channel" : "the connection was lost");
    extensions.completeExceptionally(failure);
    underWay.keySet().forEach(id -> fail(id, failure));
  }

  private void fail(int id, TargetUnavailableException failure) {
    CompletableFuture<SftpReply> reply = underWay.remove(id);
    if (reply != null) {
      reply.completeExceptionally(failure);
    }
  }
}
