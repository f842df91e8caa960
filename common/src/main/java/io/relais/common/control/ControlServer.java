package io.relais.common.control;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import io.relais.common.StateLock;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a running program takes requests: a Unix domain socket {@code control} in its state
 * directory, for its own user and group, as far as they may enter that directory. A request is one
 * line with a JSON object, whose {@code do} names it; the answer is another, with {@code ok}, and
 * {@code error} in words where that is false. One request to a connection. While nobody asks, one
 * thread waits in the kernel.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
  private static final int AT_ONCE = 8;

  private final Path path;
  private final ServerSocketChannel server;
  private final @Nullable Object key;
  private final ImmutableMap<String, Request> requests;
  private final Duration limit;
  private final Semaphore room = new Semaphore(AT_ONCE);
  private volatile boolean closed;

  /** What carries out one kind of request. Called by any thread, several at once. */
  @FunctionalInterface
  public interface Request {
    /**
     * Carries it out, or begins to, for as long as that takes.
     *
     * @param isHungUp whether whoever asked has hung up by now; for any thread
     * @return what the answer says beside {@code ok}; null to hang up without one. It is cancelled
     *     when whoever asked hangs up before it is there.
     * @throws RefusedException if it can't be (the asker's fault)
     */
    CompletableFuture<@Nullable ObjectNode> answer(ObjectNode request, BooleanSupplier isHungUp)
        throws RefusedException;
  }

  /** A request that can't be carried out; the message says why, for whoever asked. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    public RefusedException(String message) {
      super(message);
    }
  }

  private ControlServer(
      Path path, ServerSocketChannel server, ImmutableMap<String, Request> requests, Duration limit)
      throws IOException {
    this.path = path;
    this.server = server;
    this.requests = requests;
    this.limit = limit;
    this.key = key(path);
  }

  /** Where the program with that state directory is asked. */
  static Path socketIn(Path stateDirectory) {
    return stateDirectory.resolve("control");
  }

  /**
   * Begins to take requests. The socket appears complete, and in place of what a killed program
   * left there: until then it is in a directory that nobody else can enter.
   *
   * @param lock of the state directory; hold it until this is closed, so that nobody else puts a
   *     socket in this one's place
   * @param requests by the word that names them
   * @throws FileSystemException if it can't be made there
   * @throws IOException if there can be none
   */
  public static ControlServer open(StateLock lock, ImmutableMap<String, Request> requests)
      throws IOException {
    return open(lock, requests, LIMIT);
  }

  /**
   * The same.
   *
   * @param limit how long a request may take to arrive, and its answer to be taken
   */
  static ControlServer open(StateLock lock, ImmutableMap<String, Request> requests, Duration limit)
      throws IOException {
    Path path = socketIn(lock.directory()).toAbsolutePath();
    Path aside = path.resolveSibling(".control");
    Path fresh = aside.resolve("s");
    Files.deleteIfExists(fresh);
    Files.deleteIfExists(aside);
    ServerSocketChannel server = null;
    ControlServer opened = null;
    try {
      Files.createDirectory(
          aside,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try (SocketAddress address = SocketAddress.of(fresh)) {
        server.bind(address.get());
      }
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-rw----"));
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
      opened = new ControlServer(path, server, requests, limit);
    } catch (UnsupportedOperationException e) {
      throw new IOException("this system has no Unix domain sockets", e);
    } finally {
      Files.deleteIfExists(aside);
      if (opened == null && server != null) {
        server.close();
      }
    }
    opened.start();
    return opened;
  }

  private static @Nullable Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS).fileKey();
  }

  private void start() {
    Thread.ofPlatform().daemon().name("control").start(this::serve);
  }

  private void serve() {
    while (!closed) {
      try {
        room.acquire();
        SocketChannel channel = server.accept();
        Thread.ofVirtual().name("control").start(() -> take(channel));
      } catch (IOException e) {
        room.release();
        pause(e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Descriptors may be short for a while. */
  private void pause(IOException failure) {
    if (closed) {
      return;
    }
    LOG.debug("no request could be taken", failure);
    try {
      Thread.sleep(AFTER_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(SocketChannel channel) {
    try (JsonLine line = new JsonLine(channel, limit)) {
      ObjectNode answer = answer(line);
      if (answer != null) {
        line.restart();
        line.write(answer);
      }
    } catch (IOException e) {
      LOG.debug("a request was broken off: {}", e.getMessage());
    } finally {
      room.release();
    }
  }

  private @Nullable ObjectNode answer(JsonLine line) throws IOException {
    try {
      ObjectNode request = line.read();
      String name = JsonLine.text(request, "do");
      Request known = name == null ? null : requests.get(name);
      if (known == null) {
        return refusal(
            "there is no such request; there are: " + String.join(", ", requests.keySet()));
      }
      return answer(line, known.answer(request, line::isHungUp));
    } catch (JsonLine.MalformedException e) {
      return refusal("this is not a request: " + e.getMessage());
    } catch (RefusedException e) {
      return refusal(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("this is a defect of the program, please report it", e);
      return refusal("a defect of the program; its log has more");
    }
  }

  private static @Nullable ObjectNode answer(
      JsonLine line, CompletableFuture<@Nullable ObjectNode> work) throws IOException {
    try {
      @Nullable ObjectNode answer = line.awaitDone(work) ? work.join() : null;
      return answer == null ? null : answer.put("ok", true);
    } finally {
      // Nobody waits for it any more, if it isn't there yet.
      work.cancel(false);
    }
  }

  private static ObjectNode refusal(String why) {
    return JsonLine.object().put("ok", false).put("error", why);
  }

  /** Takes no more requests. */
  @Override
  public void close() {
    closed = true;
    try {
      server.close();
      // Another one may have put its own in its place.
      if (key != null && key.equals(key(path))) {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      // Whoever removed it wanted the same.
    } catch (IOException e) {
      LOG.debug("the socket could not be closed or removed", e);
    }
  }
}
