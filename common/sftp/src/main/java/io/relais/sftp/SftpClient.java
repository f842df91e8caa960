package io.relais.sftp;

import static io.relais.sftp.SftpAttributes.put;

import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.common.DurationFormat;
import io.relais.common.EscapedName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The requests of SFTP version 3 and of OpenSSH's extensions, each a future, and the ways to wait
 * for them. Paths are one character a byte. Safe for use by many threads.
 */
public final class SftpClient {
  public static final String POSIX_RENAME = "posix-rename@openssh.com";
  public static final String FSYNC = "fsync@openssh.com";
  public static final String LSETSTAT = "lsetstat@openssh.com";
  public static final String STATVFS = "statvfs@openssh.com";
  public static final String LIMITS = "limits@openssh.com";

  /** draft-ietf-secsh-filexfer-extensions-00, section 7; OpenSSH 9.0 and later. */
  public static final String COPY_DATA = "copy-data";

  public static final int READ_FLAG = 1;
  public static final int WRITE_FLAG = 2;
  public static final int CREATE_NEW = WRITE_FLAG | 8 | 0x20;

  static final int OPEN = 3;
  static final int CLOSE = 4;
  static final int READ = 5;
  static final int LSTAT = 7;
  static final int FSTAT = 8;
  static final int SETSTAT = 9;
  static final int FSETSTAT = 10;
  static final int OPENDIR = 11;
  static final int READDIR = 12;
  static final int REMOVE = 13;
  static final int MKDIR = 14;
  static final int RMDIR = 15;
  static final int READLINK = 19;
  static final int SYMLINK = 20;
  static final int EXTENDED = 200;
  static final int WRITE = 6;

  private final SftpChannel channel;
  private final Map<String, String> extensions;
  private final Duration limit;
  private volatile KeptAttributes kept = KeptAttributes.ALL;

  /**
   * Waits for the server's greeting.
   *
   * @param greetingLimit how long that may take
   * @param limits how long the oldest request may go unanswered
   */
  public SftpClient(SftpChannel channel, Duration greetingLimit, ResponseTimeouts limits)
      throws IOException {
    this.channel = channel;
    this.limit = limits.disk();
    this.extensions = greeting(channel, greetingLimit);
    channel.endIfUnansweredFor(limits);
  }

  public boolean supports(String extension) {
    return extensions.containsKey(extension);
  }

  public SftpChannel channel() {
    return channel;
  }

  public CompletableFuture<SftpReply> open(String path, int flags, @Nullable Integer mode) {
    return channel.send(opening(path, flags, mode));
  }

  public SftpPacket opening(String path, int flags, @Nullable Integer mode) {
    SftpPacket packet = channel.packet(OPEN, path.length() + 20).putString(path).putInt(flags);
    return put(packet, mode, null);
  }

  public CompletableFuture<SftpReply> close(String handle) {
    return channel.send(closing(handle));
  }

  public SftpPacket closing(String handle) {
    return channel.packet(CLOSE, handle.length() + 4).putString(handle);
  }

  /** What follows the last write of a file, the close included. */
  public List<SftpPacket> finishing(String handle, int mode, long mtimeSeconds, boolean durable) {
    SftpPacket attributes = attributesOf(handle, mode, mtimeSeconds);
    return durable
        ? List.of(attributes, flushing(handle), closing(handle))
        : List.of(attributes, closing(handle));
  }

  /** Says what a handle stands for, in messages: a file under a temporary name has another. */
  public void name(String handle, String path) {
    channel.name(handle, path);
  }

  /** Closes a handle without waiting: nothing depends on how that ends. */
  public void release(String handle) {
    var _ = close(handle);
  }

  CompletableFuture<SftpReply> read(String handle, long offset, int length) {
    return channel.send(channel.packet(READ, 24).putString(handle).putLong(offset).putInt(length));
  }

  /** Starts a write, with room for {@code capacity} bytes that are still to be read into it. */
  public SftpPacket startWrite(String handle, long offset, int capacity) {
    return channel.packet(WRITE, handle.length() + 16 + capacity).putString(handle).putLong(offset);
  }

  /** Copies at the server; a length of 0 would mean all to the end. */
  public CompletableFuture<SftpReply> copyData(
      String from, long offset, long length, String to, long toOffset) {
    return channel.send(
        channel
            .packet(EXTENDED, COPY_DATA.length() + from.length() + to.length() + 36)
            .putString(COPY_DATA)
            .putString(from)
            .putLong(offset)
            .putLong(length)
            .putString(to)
            .putLong(toOffset));
  }

  public CompletableFuture<SftpReply> fstat(String handle) {
    return channel.send(channel.packet(FSTAT, handle.length() + 4).putString(handle));
  }

  public CompletableFuture<SftpReply> lstat(String path) {
    return channel.send(looking(path));
  }

  public SftpPacket looking(String path) {
    return channel.packet(LSTAT, path.length() + 4).putString(path);
  }

  public CompletableFuture<SftpReply> setstat(
      String path, @Nullable Integer mode, @Nullable Long mtimeSeconds) {
    return channel.send(setting(path, mode, mtimeSeconds));
  }

  public SftpPacket setting(String path, @Nullable Integer mode, @Nullable Long mtimeSeconds) {
    return putKept(channel.packet(SETSTAT, path.length() + 20).putString(path), mode, mtimeSeconds);
  }

  public CompletableFuture<SftpReply> lsetstat(String path, long mtimeSeconds) {
    return channel.send(settingUnfollowed(path, null, mtimeSeconds));
  }

  /** As {@link #setting}, but what stands at the path is itself set, also if it is a symlink. */
  public SftpPacket settingUnfollowed(
      String path, @Nullable Integer mode, @Nullable Long mtimeSeconds) {
    SftpPacket packet =
        channel.packet(EXTENDED, path.length() + 50).putString(LSETSTAT).putString(path);
    return putKept(packet, mode, mtimeSeconds);
  }

  public CompletableFuture<SftpReply> fsetstat(String handle, int mode, long mtimeSeconds) {
    return channel.send(attributesOf(handle, mode, mtimeSeconds));
  }

  public SftpPacket attributesOf(String handle, @Nullable Integer mode, long mtimeSeconds) {
    SftpPacket packet = channel.packet(FSETSTAT, handle.length() + 20).putString(handle);
    return putKept(packet, mode, mtimeSeconds);
  }

  /** Attributes of what is there already: some disks refuse what they can't keep. */
  private SftpPacket putKept(
      SftpPacket packet, @Nullable Integer mode, @Nullable Long mtimeSeconds) {
    Integer keptMode = mode == null ? null : kept.mode(mode);
    return put(packet, keptMode, kept.times() ? mtimeSeconds : null);
  }

  /** What a disk keeps of the attributes that an entry is given. Called by any thread. */
  public interface KeptAttributes {
    /** On one that keeps everything. */
    KeptAttributes ALL =
        new KeptAttributes() {
          @Override
          public Integer mode(int wanted) {
            return wanted;
          }

          @Override
          public boolean times() {
            return true;
          }
        };

    /** What is to be set in place of a mode; null for none. */
    @Nullable Integer mode(int wanted);

    boolean times();
  }

  /** From now on modes and times are sent only where the disk keeps them. */
  public void sendOnlyWhatIsKept(KeptAttributes attributes) {
    kept = attributes;
  }

  public CompletableFuture<SftpReply> fsync(String handle) {
    return channel.send(flushing(handle));
  }

  private SftpPacket flushing(String handle) {
    return channel.packet(EXTENDED, handle.length() + 30).putString(FSYNC).putString(handle);
  }

  CompletableFuture<SftpReply> opendir(String path) {
    return channel.send(channel.packet(OPENDIR, path.length() + 4).putString(path));
  }

  CompletableFuture<SftpReply> readdir(String handle) {
    return channel.send(channel.packet(READDIR, handle.length() + 4).putString(handle));
  }

  public CompletableFuture<SftpReply> remove(String path) {
    return channel.send(removing(path));
  }

  public SftpPacket removing(String path) {
    return channel.packet(REMOVE, path.length() + 4).putString(path);
  }

  public CompletableFuture<SftpReply> mkdir(String path, int mode) {
    return channel.send(making(path, mode));
  }

  public SftpPacket making(String path, int mode) {
    return put(channel.packet(MKDIR, path.length() + 12).putString(path), mode, null);
  }

  public CompletableFuture<SftpReply> rmdir(String path) {
    return channel.send(removingDirectory(path));
  }

  public SftpPacket removingDirectory(String path) {
    return channel.packet(RMDIR, path.length() + 4).putString(path);
  }

  public CompletableFuture<SftpReply> readlink(String path) {
    return channel.send(channel.packet(READLINK, path.length() + 4).putString(path));
  }

  /** OpenSSH's servers take the arguments in this order, against the draft (its PROTOCOL, 4.1). */
  public CompletableFuture<SftpReply> symlink(String linkTarget, String path) {
    return channel.send(
        channel
            .packet(SYMLINK, linkTarget.length() + path.length() + 8)
            .putString(linkTarget)
            .putString(path));
  }

  public SftpPacket posixRename(String from, String to) {
    return channel
        .packet(EXTENDED, from.length() + to.length() + 40)
        .putString(POSIX_RENAME)
        .putString(from)
        .putString(to);
  }

  public CompletableFuture<SftpReply> statvfs(String path) {
    return channel.send(
        channel.packet(EXTENDED, path.length() + 30).putString(STATVFS).putString(path));
  }

  public CompletableFuture<SftpReply> limits() {
    return channel.send(channel.packet(EXTENDED, 30).putString(LIMITS));
  }

  private static Map<String, String> greeting(SftpChannel channel, Duration limit)
      throws IOException {
    try {
      return channel.extensions().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw lost(e);
    } catch (TimeoutException e) {
      channel.end();
      throw new SftpConnectionException(
          "the server opened an SFTP channel, but did not say in "
              + DurationFormat.of(limit)
              + " which version of SFTP it speaks",
          e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /**
   * Waits for one answer. The channel sees to it that there is one within the limit, or a failure:
   * a timer for each of many thousand requests costs more than they do.
   *
   * @throws SftpConnectionException if the connection is lost or the server stays silent
   */
  public static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw lost(e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static SftpConnectionException lost(ExecutionException e) {
    return e.getCause() instanceof SftpConnectionException lost
        ? new SftpConnectionException(String.valueOf(lost.getMessage()), lost)
        : new SftpConnectionException("the connection failed: " + e.getCause(), e.getCause());
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while waiting for the server");
  }

  /** Waits for a status and requires that it is OK; {@code what} says what was attempted. */
  public static void ok(CompletableFuture<SftpReply> future, String what) throws IOException {
    SftpReply reply = status(future);
    reply.body().mark();
    if (reply.integer() != SftpStatusException.OK) {
      reply.body().reset();
      throw SftpStatusException.of(what, reply);
    }
  }

  private static SftpReply status(CompletableFuture<SftpReply> future) throws IOException {
    SftpReply reply = await(future);
    if (reply.type() != SftpReply.STATUS) {
      throw SftpReply.unexpected(reply.type());
    }
    return reply;
  }

  /** Waits for an answer of one type; a status in its place is the refusal. */
  public static SftpReply expect(int type, CompletableFuture<SftpReply> future, String what)
      throws IOException {
    SftpReply reply = await(future);
    if (reply.type() == type) {
      return reply;
    }
    if (reply.type() == SftpReply.STATUS) {
      throw SftpStatusException.of(what, reply);
    }
    throw SftpReply.unexpected(reply.type());
  }

  /** Waits for what is under way without minding how it ends. */
  public void settle(Iterable<CompletableFuture<SftpReply>> futures) {
    boolean _ = settle(futures, limit);
  }

  /**
   * The same within a limit for each; the channel is closed when that is over.
   *
   * @return whether all were answered
   */
  public boolean settle(Iterable<CompletableFuture<SftpReply>> futures, Duration limit) {
    for (CompletableFuture<SftpReply> future : futures) {
      try {
        Uninterruptibles.getUninterruptibly(future, limit);
      } catch (ExecutionException | TimeoutException e) {
        channel.end();
        return false;
      }
    }
    return true;
  }

  /** For messages. */
  public static String shown(String path) {
    return EscapedName.of(path);
  }

  /** Runs what may be refused, and gives the refusal as a value. */
  public static Optional<SftpStatusException> refusal(
      CompletableFuture<SftpReply> future, String what) throws IOException {
    try {
      ok(future, what);
      return Optional.empty();
    } catch (SftpStatusException e) {
      return Optional.of(e);
    }
  }
}
