package io.relais.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.Comparators;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.DurationFormat;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.IoOutputStream;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * An SFTP version 3 channel with any number of requests under way. Each has a future of its own;
 * the server answers in the order in which it got them.
 *
 * <p>Threads: {@link #send} may be called by many and never blocks. Futures complete on the
 * session's I/O thread, so what depends on them must not block either. When the channel ends, all
 * that is under way fails with {@link SftpConnectionException}.
 */
public final class SftpChannel extends ChannelSubsystem {
  private static final int INIT = 1;
  private static final int VERSION = 2;
  private static final int PROTOCOL_VERSION = 3;

  /** In bytes; draft-ietf-secsh-filexfer-02, section 6.3. */
  private static final int LONGEST_HANDLE = 256;

  /** OpenSSH's server has 300 bytes; each extension is kept. */
  private static final int MAX_GREETING = 32 << 10;

  private final PendingRequests open = new PendingRequests();

  /** What the handles stand for that the server gave, for messages. */
  private final Map<String, String> paths = new ConcurrentHashMap<>();

  private final AtomicInteger ids = new AtomicInteger();
  private final CompletableFuture<Map<String, String>> extensions = new CompletableFuture<>();
  private final SftpReassembler reassembler = new SftpReassembler(this::received);
  private volatile @Nullable OutboundQueue outbound;
  private volatile boolean endedByServer;
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  /** Complete when all have been told so far that this is over. */
  @GuardedBy("over")
  private CompletableFuture<Void> told = over;

  /** How long the oldest request may go unanswered. */
  private volatile ResponseTimeouts limits = ResponseTimeouts.DEFAULT;

  /** Those whose answers count for this one too. */
  private volatile SftpChannelGroup siblings = new SftpChannelGroup();

  /** {@link System#nanoTime} when anything was answered. */
  private volatile long answered = System.nanoTime();

  private final AtomicBoolean watched = new AtomicBoolean();
  private final WriteGate gate = new WriteGate();

  /** What was not answered in that time; null if all was. */
  private volatile @Nullable String silence;

  /** Why it was ended from here; null if it was not, or for none that is told. */
  private volatile @Nullable String ownReason;

  /** {@link System#nanoTime} when this was made, and then when the greeting was sent. */
  private volatile long begun = System.nanoTime();

  /** What the server sent against the protocol; null if nothing was. */
  private volatile @Nullable String violation;

  /** Whether a packet has come. For the session's I/O thread. */
  private boolean speaksSftp;

  /** Whether anything has come, be it SFTP or not. */
  private volatile boolean spoken;

  public SftpChannel() {
    super("sftp");
    setStreaming(Streaming.Async);
    addCloseFutureListener(closed -> fail());
  }

  /**
   * Ends this at once for whoever uses it. The server is told, and the channel forgotten when it
   * has answered: it counts every channel until then, and MINA's own immediate close would leave it
   * counting for as long as the connection lasts.
   */
  public void end() {
    gate.shut(this::tellTheEnd);
    fail();
  }

  /** The same for a reason that is not the server's, which is what {@link #whyOver} says then. */
  public void end(String why) {
    ownReason = why;
    end();
  }

  private void tellTheEnd() {
    close(false);
    IoOutputStream toServer = getAsyncIn();
    if (toServer != null) {
      // What still waits for room there would keep the end from being told.
      toServer.close(true);
    }
  }

  /** The end of the channel says as much, and what another thread sends could come after that. */
  @Override
  protected @Nullable IoWriteFuture sendEof() {
    return null;
  }

  @Override
  public boolean isOpen() {
    return super.isOpen() && !gate.isShut();
  }

  private boolean isOver() {
    return gate.isShut() || isClosing();
  }

  /**
   * Nothing follows the end: OpenSSH gives up the whole connection, with all its channels, when
   * data come for a channel that it has forgotten.
   */
  @Override
  public IoWriteFuture writePacket(Buffer packet) throws IOException {
    if (!gate.enter()) {
      return AbstractIoWriteFuture.fulfilled(toString(), new EOFException("it is being ended"));
    }
    try {
      return super.writePacket(packet);
    } finally {
      gate.leave();
    }
  }

  /**
   * Runs something, once, when this is of no more use; the server may not know it yet. What was
   * asked for first is run first: who keeps account of connections knows before who opens another.
   */
  public void whenOver(Runnable action) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    CompletableFuture<Void> before;
    synchronized (over) {
      before = told;
      told = done;
    }
    var _ = before.whenComplete((_, _) -> run(action, done));
  }

  private static void run(Runnable action, CompletableFuture<Void> done) {
    try {
      action.run();
    } finally {
      done.complete(null);
    }
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
  public CompletableFuture<SftpReply> send(SftpPacket packet) {
    return sendTogether(List.of(packet)).getFirst();
  }

  /** Sends requests that the server gets in this order with no other between them. */
  public List<CompletableFuture<SftpReply>> sendTogether(List<SftpPacket> packets) {
    List<SftpRequest> requests = packets.stream().map(SftpRequest::of).toList();
    List<CompletableFuture<SftpReply>> replies = List.copyOf(requests);
    long now = System.nanoTime();
    int bytes = 0;
    for (int i = 0; i < packets.size(); i++) {
      SftpPacket packet = packets.get(i);
      open.add(packet.id(), new PendingRequests.Open(packet.summary(), requests.get(i)), now);
      bytes += packet.length();
    }
    OutboundQueue queue = outbound;
    if (queue == null || isOver()) {
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
    if (isOver()) {
      failAll();
    }
    watch();
    return replies;
  }

  /**
   * Ends this channel, all that is under way and its connection, if a request goes unanswered for
   * the usual limit and nothing else was answered meanwhile, nor has the disk anything to do; and
   * this channel in any case, if its oldest request goes unanswered for the limit of the disk. The
   * time runs from when that request became the oldest: it was sent, or the one before it was
   * answered. So a request may wait for as long as it takes behind others that are answered, as
   * behind megabytes on a slow link; but neither bytes that never make an answer nor answers to
   * later requests keep a channel alive whose server owes one.
   */
  void endIfUnansweredFor(ResponseTimeouts wanted) {
    limits = wanted;
  }

  /** Says which channels it belongs to. */
  void isOneOf(SftpChannelGroup all) {
    siblings = all;
  }

  /** For how long nothing was answered here. */
  Duration sinceAnswer() {
    return Duration.ofNanos(System.nanoTime() - answered);
  }

  /**
   * For how long nothing was answered at all, here or beside it: behind megabytes of others a
   * request may wait for long on a slow link.
   */
  private Duration silenceOfAll() {
    Duration group = siblings.silence();
    return getSession() instanceof SftpSession session
        ? Comparators.min(group, session.silence())
        : group;
  }

  /** Whether what the server has to do next is for its disk. */
  boolean isForDisk() {
    PendingRequests.Oldest oldest = open.oldest(System.nanoTime());
    return oldest != null && oldest.summary().isForDisk();
  }

  /** Whether this was ended since the server did not answer. */
  public boolean isSilent() {
    return silence != null;
  }

  /** What the server has to do next, and for how long it has been due; null for nothing. */
  @Nullable SftpWait waiting() {
    long now = System.nanoTime();
    if (isOver()) {
      return null;
    }
    if (!extensions.isDone()) {
      String what = outbound == null ? "open an SFTP channel" : "say its version of SFTP";
      return new SftpWait(what, Duration.ofNanos(now - begun));
    }
    PendingRequests.Oldest oldest = open.oldest(now);
    return oldest == null
        ? null
        : new SftpWait("answer: " + described(oldest.summary()), oldest.due());
  }

  private String described(RequestSummary request) {
    // All paths are absolute; a handle says nothing to anybody.
    return request.describe(
        about -> paths.getOrDefault(about, about.startsWith("/") ? about : "an open file"));
  }

  /** Says what a handle stands for. */
  void name(String handle, String path) {
    paths.replace(handle, path);
  }

  private void watch() {
    if (!watched.get() && watched.compareAndSet(false, true)) {
      Thread.ofVirtual().name("answers").start(this::endWhenUnanswered);
    }
  }

  private void endWhenUnanswered() {
    while (!isOver()) {
      PendingRequests.Oldest oldest = open.oldest(System.nanoTime());
      if (oldest == null) {
        break;
      }
      ResponseTimeouts current = limits;
      Duration left = current.disk().minus(oldest.due());
      if (!siblings.isDiskBusy()) {
        Duration quiet = Comparators.min(oldest.due(), silenceOfAll());
        left = Comparators.min(left, current.usual().minus(quiet));
      }
      if (!left.isPositive()) {
        endSilent(oldest);
        return;
      }
      try {
        // The disk may be done with what it was busy with long before that would be too late.
        Thread.sleep(Comparators.min(left, current.usual()));
      } catch (InterruptedException e) {
        return; // Nobody does that.
      }
    }
    watched.set(false);
    if (!open.isEmpty() && !isOver()) {
      watch();
    }
  }

  private void endSilent(PendingRequests.Oldest oldest) {
    silence =
        "%s did not answer for %s, since %s: %s"
            .formatted(
                getSession() instanceof SftpSession session ? session.host() : "the server",
                DurationFormat.of(oldest.due().truncatedTo(ChronoUnit.SECONDS)),
                OffsetDateTime.now(ZoneId.systemDefault())
                    .minus(oldest.due())
                    .truncatedTo(ChronoUnit.SECONDS),
                described(oldest.summary()));
    end();
    if (getSession() instanceof SftpSession session
        && session.silence().compareTo(limits.usual()) >= 0) {
      // It may be the connection that is stuck: a server can mix up its channels.
      getSession().close(true);
    }
  }

  private void written(@Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    if (!isOver()) {
      // It is the connection that is broken: nobody is to be given it once more, and least of all
      // those who hear of this channel's end and open another at once.
      getSession().close(true);
    }
    end();
  }

  @Override
  protected void doOpen() throws IOException {
    super.doOpen();
    OutboundQueue queue = new OutboundQueue(getAsyncIn(), Runnable::run);
    outbound = queue;
    byte[] init =
        ByteBuffer.allocate(9).putInt(5).put((byte) INIT).putInt(PROTOCOL_VERSION).array();
    begun = System.nanoTime();
    queue.send(init, 0, init.length, this::written);
  }

  @Override
  protected void doWriteData(byte[] data, int off, long len) throws IOException {
    if (isOver()) {
      return;
    }
    spoken = true;
    try {
      reassembler.feed(data, off, Math.toIntExact(len));
    } catch (SftpConnectionException e) {
      if (speaksSftp) {
        violation = String.valueOf(e.getMessage());
        end();
        return;
      }
      notSftp(StrayText.shown(data, off, off + Math.toIntExact(len)));
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
        new SftpConnectionException(
            text.isEmpty()
                ? "what it sends is not SFTP; look at the 'Subsystem sftp' of its sshd_config, and for what prints in the startup files of the account's shell, as .bashrc"
                : "in place of SFTP it sends the text '" + text + "'; " + StrayText.REMEDY));
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
    gate.shut(this::answerTheEnd);
    end();
  }

  private void answerTheEnd() {
    try {
      super.handleClose();
    } catch (IOException e) {
      close(true);
    }
  }

  /** The server has no such subsystem. */
  @Override
  public void handleFailure() {
    endedByServer = true;
    end();
  }

  /** Whether the server has sent anything on this channel. */
  public boolean hasSpoken() {
    return spoken;
  }

  /** Whether the server itself refused or ended this channel, while the connection went on. */
  public boolean isEndedByServer() {
    // It answers the end of a channel with its own.
    return endedByServer && violation == null;
  }

  private void received(ByteBuffer packet) throws IOException {
    speaksSftp = true;
    int type = packet.get() & 0xFF;
    int id = packet.getInt();
    if (type == VERSION) {
      greeted(id, packet);
      return;
    }
    long now = System.nanoTime();
    PendingRequests.Open asked = open.take(id, now);
    if (asked == null) {
      throw SftpReply.malformed("it answers request %d, which is not under way", id);
    }
    answered = now;
    if (getSession() instanceof SftpSession session) {
      session.noteAnswer(now);
    }
    noteHandle(asked.summary(), type, packet);
    try {
      asked.request().answer(type, packet);
    } catch (SftpConnectionException e) {
      asked.request().completeExceptionally(e);
      throw e;
    }
  }

  private void greeted(int version, ByteBuffer packet) throws IOException {
    if (extensions.isDone()) {
      throw SftpReply.malformed("it greets a second time");
    }
    if (version != PROTOCOL_VERSION) {
      throw SftpReply.malformed(
          "it greets with version %d of SFTP, and %d was asked for", version, PROTOCOL_VERSION);
    }
    if (packet.remaining() > MAX_GREETING) {
      throw SftpReply.malformed("a greeting of %,d bytes", packet.remaining());
    }
    extensions.complete(readExtensions(new SftpReply(VERSION, packet)));
  }

  /** What is wrong with an answer is for whoever reads it. */
  private void noteHandle(RequestSummary asked, int type, ByteBuffer packet) {
    if (asked.type() == SftpClient.CLOSE) {
      paths.remove(asked.about());
    } else if (type == SftpReply.HANDLE && packet.remaining() >= 4) {
      int length = packet.getInt(packet.position());
      if (length > 0 && length <= Math.min(LONGEST_HANDLE, packet.remaining() - 4)) {
        byte[] handle = new byte[length];
        packet.get(packet.position() + 4, handle);
        paths.put(new String(handle, ISO_8859_1), asked.about());
      }
    }
  }

  private static Map<String, String> readExtensions(SftpReply version) throws IOException {
    Map<String, String> found = new HashMap<>();
    while (version.body().hasRemaining()) {
      found.put(version.string(), version.string());
    }
    return found;
  }

  private void failAll() {
    SftpConnectionException failure = new SftpConnectionException(whyOver());
    extensions.completeExceptionally(failure);
    open.takeAll().forEach(each -> each.request().completeExceptionally(failure));
    paths.clear();
  }

  /** Ends this because another one is over, for the same reason. */
  public void endLike(SftpChannel other) {
    violation = other.violation;
    silence = other.silence;
    ownReason = other.ownReason;
    end();
  }

  /** Whether it ended because of what the server sent. */
  public boolean isGarbled() {
    return violation != null;
  }

  /** Why it is over, for messages. */
  public String whyOver() {
    String broken = violation;
    if (broken != null) {
      return broken;
    }
    String owed = silence;
    if (owed != null) {
      return owed;
    }
    String own = ownReason;
    if (own != null) {
      return own;
    }
    return endedByServer ? "the server ended the SFTP channel" : "the connection was lost";
  }
}
