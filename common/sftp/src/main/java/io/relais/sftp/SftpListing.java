package io.relais.sftp;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Lists one directory in three round trips for most: one to open it, one for its entries (several
 * requests at once, since the server gives a hundred in each), one for all its symlinks.
 *
 * <p>How long that goes on and how much comes is up to the server, so there are limits to both.
 * What is beyond them is refused like anything that the server refuses itself: it is a problem of
 * this directory, and everything else goes on.
 */
public final class SftpListing<E> {
  /** PATH_MAX of Linux, without the NUL at the end: also the most that a symlink can say. */
  static final int MOST_LINK_TEXT = 4095;

  /**
   * A name, the line that {@code ls -l} would show, and attributes, extended ones too, in bytes:
   * nothing of what is beyond the name is kept, but without a limit it could come for ever.
   */
  private static final int MOST_ENTRY = 8 << 10;

  /** NAME_MAX of Linux. */
  private static final int MOST_NAME = 255;

  /**
   * Estimated, not measured: a slow disk with none of it in memory should still give some hundred
   * entries a second, so this leaves time for as many as fit into memory here.
   */
  private static final Duration LIMIT = Duration.ofMinutes(30);

  /** Bytes of a name that is too long which a message shows. */
  private static final int MOST_SHOWN = 40;

  private static final int REQUESTS_AT_ONCE = 4;

  /** Symlinks asked for at once; their texts wait in memory until their turn comes. */
  private static final int LINKS_AT_ONCE = 512;

  /**
   * A server may find that all it was about to say has just vanished; but it has to come to an end.
   */
  private static final int MOST_EMPTY_REPLIES = 16;

  /**
   * A directory that changes while it is read may give a name twice (readdir(3)), when it was
   * renamed or the server's file system has sorted anew. Beside so many, and one in two, it is the
   * same over and over.
   */
  private static final int DUPLICATES_TAKEN_CALMLY = 1_000;

  /** Heap of an entry beside the bytes of its name: the map's node, name, size, mode and time. */
  private static final int ENTRY_BYTES = 120;

  private final SftpClient client;
  private final String directory;
  private final String what;
  private final ListingMemoryBudget.Share share;
  private final EntryMaker<E> maker;
  private final Map<String, E> entries = new HashMap<>();
  private final Map<String, SftpAttributes> links = new LinkedHashMap<>();

  private final long begun = System.nanoTime();
  private long received;
  private int emptyReplies;
  private boolean isCut;

  private SftpListing(
      SftpClient client, String directory, EntryMaker<E> maker, ListingMemoryBudget.Share share) {
    this.maker = maker;
    this.client = client;
    this.directory = directory;
    this.what = "list " + SftpClient.shown(directory);
    this.share = share;
  }

  /** Makes what a listing has of each entry; it should take no more memory than its attributes. */
  public interface EntryMaker<T> {
    /**
     * Makes one; a name may come twice, and all of them where the listing has to begin again.
     *
     * @param linkText what a symlink says, one character a byte; null for all else
     */
    T make(String name, SftpAttributes attributes, @Nullable String linkText);
  }

  /**
   * What was listed, and the room that it takes.
   *
   * @param entries all but {@code .} and {@code ..}
   * @param isCut whether symlinks are missing that were gone when they were to be read
   */
  public record Listed<T>(Map<String, T> entries, boolean isCut, ListingMemoryBudget.Share share) {}

  /**
   * Lists a directory.
   *
   * @return with the share of the room that is to be closed when nothing of it is needed any more
   * @throws SftpStatusException also if it is larger, or takes longer, than the limits allow
   */
  public static <T> Listed<T> list(
      SftpClient client, String directory, ListingMemoryBudget room, EntryMaker<T> maker)
      throws IOException {
    if (directory.length() > MOST_LINK_TEXT) {
      throw new SftpStatusException(
          SftpStatusException.FAILURE,
          "list %s: the path has %,d bytes, and Linux allows %,d"
              .formatted(
                  SftpClient.shown(directory.substring(0, MOST_NAME)),
                  directory.length(),
                  MOST_LINK_TEXT));
    }
    try {
      return list(client, directory, maker, room.enter());
    } catch (ListingMemoryBudget.CrowdedException e) {
      try {
        return list(client, directory, maker, room.enterAlone());
      } catch (ListingMemoryBudget.CrowdedException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  private static <T> Listed<T> list(
      SftpClient client, String directory, EntryMaker<T> maker, ListingMemoryBudget.Share share)
      throws IOException, ListingMemoryBudget.CrowdedException {
    boolean done = false;
    try {
      SftpListing<T> listing = new SftpListing<>(client, directory, maker, share);
      listing.readAll();
      listing.resolve();
      done = true;
      return new Listed<>(listing.entries, listing.isCut, share);
    } finally {
      if (!done) {
        share.close();
      }
    }
  }

  private void readAll() throws IOException, ListingMemoryBudget.CrowdedException {
    String handle = SftpClient.expect(SftpReply.HANDLE, client.opendir(directory), what).string();
    try {
      readAll(handle);
    } finally {
      client.release(handle);
    }
  }

  private void readAll(String handle) throws IOException, ListingMemoryBudget.CrowdedException {
    ArrayDeque<CompletableFuture<SftpReply>> asked = new ArrayDeque<>();
    asked.add(readdir(handle));
    asked.add(readdir(handle));
    while (true) {
      SftpReply reply = await(asked.removeFirst());
      if (reply.type() == SftpReply.STATUS) {
        reply.body().mark();
        if (reply.integer() == SftpStatusException.EOF) {
          return;
        }
        reply.body().reset();
        throw SftpStatusException.of(what, reply);
      }
      while (asked.size() < REQUESTS_AT_ONCE) {
        asked.add(readdir(handle));
      }
      int length = reply.body().remaining();
      readNames(reply);
      share.take(-length, what);
      requireTime();
    }
  }

  private CompletableFuture<SftpReply> readdir(String handle) {
    return counted(client.readdir(handle));
  }

  /** Counts what comes from when it comes, on the session's thread: it may wait here for long. */
  private CompletableFuture<SftpReply> counted(CompletableFuture<SftpReply> reply) {
    return reply.thenApply(
        came -> {
          if (came.type() == SftpReply.NAME) {
            try {
              share.take(came.body().remaining(), what);
            } catch (ListingMemoryBudget.CrowdedException | SftpStatusException e) {
              throw new CompletionException(e);
            }
          }
          return came;
        });
  }

  private SftpReply await(CompletableFuture<SftpReply> reply)
      throws IOException, ListingMemoryBudget.CrowdedException {
    try {
      return SftpClient.await(reply);
    } catch (IOException e) {
      switch (e.getCause()) {
        case ListingMemoryBudget.CrowdedException crowded -> throw crowded;
        case SftpStatusException refused -> throw refused;
        case null, default -> throw e;
      }
    }
  }

  private void readNames(SftpReply reply) throws IOException, ListingMemoryBudget.CrowdedException {
    int count = reply.integer();
    // Each has two strings and its attributes' flags.
    if (count < 0 || count > reply.body().remaining() / (3 * Integer.BYTES)) {
      throw SftpReply.malformed(
          "%,d names in %,d bytes", Integer.toUnsignedLong(count), reply.body().remaining());
    }
    emptyReplies = count == 0 ? emptyReplies + 1 : 0;
    if (emptyReplies > MOST_EMPTY_REPLIES) {
      throw SftpReply.malformed(
          "no names, %d times in a row, in the listing of %s",
          emptyReplies, SftpClient.shown(directory));
    }
    long bytes = 0;
    for (int left = count; left > 0; left--) {
      int begin = reply.body().position();
      String name = name(reply);
      reply.skipString();
      SftpAttributes attributes = SftpAttributes.read(reply);
      int length = reply.body().position() - begin;
      if (length > MOST_ENTRY) {
        throw refused(
            "what the server says of one entry has %,d bytes, and %,d is the most: %s",
            length, MOST_ENTRY, SftpClient.shown(name));
      }
      if (!name.equals(".") && !name.equals("..")) {
        add(name, attributes);
        bytes += ENTRY_BYTES + name.length();
      }
    }
    received += count;
    share.take(bytes, what);
    requireProgress();
  }

  private String name(SftpReply reply) throws IOException {
    int length = reply.lengthOfNext();
    if (length > MOST_NAME && length <= reply.body().remaining()) {
      throw refused(
          "a name there has %,d bytes, and %d is the most: %s...",
          length, MOST_NAME, SftpClient.shown(reply.beginning(MOST_SHOWN)));
    }
    String name = reply.string();
    if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.isEmpty()) {
      throw SftpReply.malformed(
          "'%s' as a name in %s", SftpClient.shown(name), SftpClient.shown(directory));
    }
    return name;
  }

  private void add(String name, SftpAttributes attributes) {
    if (attributes.isSymlink()) {
      links.put(name, attributes);
    } else {
      entries.put(name, maker.make(name, attributes, null));
    }
  }

  /** A name may come twice, but not for ever; and all of it has to come in time. */
  private void requireProgress() throws SftpStatusException {
    long distinct = entries.size() + (long) links.size();
    if (received - distinct > distinct + DUPLICATES_TAKEN_CALMLY) {
      throw refused("the server gives the same names again and again");
    }
  }

  private void requireTime() throws SftpStatusException {
    if (System.nanoTime() - begun > LIMIT.toNanos()) {
      throw refused(
          "it took longer than %d minutes, with %,d entries so far", LIMIT.toMinutes(), received);
    }
  }

  /** Asks for what the symlinks say, many at once, and adds them; but for those that vanish. */
  private void resolve() throws IOException, ListingMemoryBudget.CrowdedException {
    Iterator<String> next = links.keySet().iterator();
    ArrayDeque<CompletableFuture<SftpReply>> asked = new ArrayDeque<>();
    for (Map.Entry<String, SftpAttributes> link : links.entrySet()) {
      while (next.hasNext() && asked.size() < LINKS_AT_ONCE) {
        asked.add(counted(client.readlink(directory + "/" + next.next())));
      }
      CompletableFuture<SftpReply> reply = asked.removeFirst();
      String text = linkText(await(reply), directory + "/" + link.getKey());
      isCut |= text == null;
      if (text != null) {
        entries.put(link.getKey(), maker.make(link.getKey(), link.getValue(), text));
      }
    }
  }

  /**
   * What a symlink says; null if it is gone.
   *
   * @param at absolute, one character a byte
   */
  public static @Nullable String readLink(SftpClient client, String at) throws IOException {
    return linkText(SftpClient.await(client.readlink(at)), at);
  }

  private static @Nullable String linkText(SftpReply reply, String path) throws IOException {
    String what = "read link " + SftpClient.shown(path);
    if (reply.type() == SftpReply.STATUS) {
      SftpStatusException refusal = SftpStatusException.of(what, reply);
      if (refusal.status() == SftpStatusException.NO_SUCH_FILE) {
        return null;
      }
      throw refusal;
    }
    int count = reply.integer();
    if (count != 1) {
      throw SftpReply.malformed("%,d texts of one symlink", Integer.toUnsignedLong(count));
    }
    int length = reply.lengthOfNext();
    if (length > MOST_LINK_TEXT) {
      throw new SftpStatusException(
          SftpStatusException.FAILURE,
          "%s: its text has %,d bytes, and Linux allows %,d"
              .formatted(what, length, MOST_LINK_TEXT));
    }
    String text = reply.string();
    if (text.isEmpty() || text.indexOf('\0') >= 0) {
      throw new SftpStatusException(
          SftpStatusException.FAILURE,
          what + ": its text is " + (text.isEmpty() ? "empty" : "cut by a NUL"));
    }
    return text;
  }

  @FormatMethod
  private SftpStatusException refused(String why, Object... arguments) {
    return new SftpStatusException(
        SftpStatusException.FAILURE, what + ": " + why.formatted(arguments));
  }
}
