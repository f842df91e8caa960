package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpConnectionException;
import io.relais.sftp.SftpReply;
import io.relais.sftp.SftpStatusException;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the server's replies, and reads them as what a target has: here alone the SFTP client's
 * exceptions become {@link TargetException} and {@link TargetUnavailableException}.
 */
final class Replies {
  private Replies() {}

  /** What uses the SFTP client. */
  interface Request<T extends @Nullable Object> {
    T run() throws IOException;
  }

  /** Runs something with the exceptions of a target in place of the client's. */
  static <T extends @Nullable Object> T translated(Request<T> request) throws IOException {
    try {
      return request.run();
    } catch (SftpStatusException e) {
      throw refused(e);
    } catch (SftpConnectionException e) {
      throw new TargetUnavailableException(CopyGate.shown(String.valueOf(e.getMessage())), e);
    }
  }

  private static TargetException refused(SftpStatusException e) {
    Reason reason =
        switch (e.status()) {
          case SftpStatusException.NO_SUCH_FILE -> Reason.NOT_FOUND;
          case SftpStatusException.PERMISSION_DENIED -> Reason.PERMISSION_DENIED;
          case SftpStatusException.OP_UNSUPPORTED -> Reason.UNSUPPORTED;
          default -> Reason.FAILURE;
        };
    return new TargetException(reason, CopyGate.shown(String.valueOf(e.getMessage())));
  }

  /** Waits for one reply, whatever it says, or for what is made of some. */
  static <T> T await(CompletableFuture<T> reply) throws IOException {
    return translated(() -> SftpClient.await(reply));
  }

  /** Waits for a status and requires that it is OK; {@code what} says what was attempted. */
  static void ok(CompletableFuture<SftpReply> reply, String what) throws IOException {
    Optional<TargetException> refusal = refusal(reply, what);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /** Waits for a status: empty if it is OK, else the refusal. */
  static Optional<TargetException> refusal(CompletableFuture<SftpReply> reply, String what)
      throws IOException {
    return translated(() -> SftpClient.refusal(reply, what)).map(Replies::refused);
  }

  /** What a status that must not be OK refuses. */
  static TargetException refused(SftpReply status, String what) throws IOException {
    return refused(translated(() -> SftpStatusException.of(what, status)));
  }

  /** Waits for a reply of one type; a status in its place is the refusal. */
  static SftpReply expect(int type, CompletableFuture<SftpReply> reply, String what)
      throws IOException {
    return translated(() -> SftpClient.expect(type, reply, what));
  }

  /** Waits for the handle of what was opened. */
  static String handle(CompletableFuture<SftpReply> reply, String what) throws IOException {
    return handle(expect(SftpReply.HANDLE, reply, what));
  }

  static String handle(SftpReply reply) throws IOException {
    return translated(reply::string);
  }

  /** Waits for attributes. */
  static SftpAttributes attributes(CompletableFuture<SftpReply> reply, String what)
      throws IOException {
    return attributes(expect(SftpReply.ATTRS, reply, what));
  }

  static SftpAttributes attributes(SftpReply reply) throws IOException {
    return translated(() -> SftpAttributes.read(reply));
  }

  /** Fails, and says why, if the connection is lost. */
  static void requireOpen(SftpClient client, String handle) throws IOException {
    if (!client.channel().isOpen()) {
      SftpReply _ = await(client.fstat(handle));
    }
  }

  static EntryKind kind(SftpAttributes attributes) {
    if (attributes.isFile()) {
      return EntryKind.FILE;
    }
    if (attributes.isDirectory()) {
      return EntryKind.DIRECTORY;
    }
    return attributes.isSymlink() ? EntryKind.SYMLINK : EntryKind.OTHER;
  }

  /**
   * What attributes say of an entry.
   *
   * @param linkText what a symlink says; null for every other kind
   */
  static TargetEntry entry(SftpAttributes attributes, @Nullable String linkText) {
    EntryKind kind = kind(attributes);
    return new TargetEntry(
        kind,
        kind == EntryKind.FILE ? attributes.size() : 0,
        attributes.mtimeSeconds(),
        kind == EntryKind.SYMLINK ? 0777 : TargetEntry.mode(kind, attributes.mode() & 07777),
        linkText);
  }
}
