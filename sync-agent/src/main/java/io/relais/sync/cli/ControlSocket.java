package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import io.relais.sync.transfer.DiskErrorText;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
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
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the running agent takes requests: a Unix domain socket {@code control} in the state
 * directory, for its own user alone. A request is one line with a JSON object, whose {@code do}
 * names it; the answer is another, with {@code ok}, and {@code error} in words where that is false.
 * One request to a connection. While nobody asks, one thread waits in the kernel.
 */
final class ControlSocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

  /** What {@code sun_path} holds (unix(7)), with the zero at its end. */
  private static final int LONGEST_PATH = 107;

  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
  private static final int AT_ONCE = 8;

  private final Path path;
  private final ServerSocketChannel server;
  private final @Nullable Object key;
  private final ImmutableMap<String, Request> requests;
  private final Semaphore room = new Semaphore(AT_ONCE);
  private volatile boolean closed;

  /** What carries out one kind of request. Called by any thread, several at once. */
  @FunctionalInterface
  interface Request {
    /**
     * Carries it out.
     *
     * @return what the answer says beside {@code ok}
     * @throws RefusedException if it can't be (the asker's to mend)
     */
    ObjectNode answer(ObjectNode request) throws RefusedException;
  }

  /** A request that can't be carried out; the message says why, for a person. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private ControlSocket(
      Path path, ServerSocketChannel server, ImmutableMap<String, Request> requests)
      throws IOException {
    this.path = path;
    this.server = server;
    this.requests = requests;
    this.key = key(path);
  }

  /** Where the agent with that state directory is asked. */
  static Path in(Path stateDirectory) {
    return stateDirectory.resolve("control");
  }

  /** Whether a path is too long for a socket. */
  static boolean isTooLong(Path path) {
    return path.toAbsolutePath().toString().getBytes(UTF_8).length > LONGEST_PATH;
  }

  /**
   * Begins to take requests; null where that can't be, which is logged: the agent goes on without.
   *
   * @param requests by the word that names them
   */
  static @Nullable ControlSocket open(Path stateDirectory, ImmutableMap<String, Request> requests) {
    Path path = in(stateDirectory).toAbsolutePath();
    Path fresh = path.resolveSibling("control." + ProcessHandle.current().pid());
    if (isTooLong(fresh)) {
      LOG.warn(
          "no requests are taken, as from verify: the path {} is longer than the {} bytes that a"
              + " socket's may have; set a shorter state_dir",
          path,
          LONGEST_PATH);
      return null;
    }
    ServerSocketChannel server = null;
    ControlSocket opened = null;
    try {
      Files.deleteIfExists(fresh);
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(fresh));
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      // Whatever an agent that was killed left there goes at the same moment.
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
      opened = new ControlSocket(path, server, requests);
      opened.start();
    } catch (FileSystemException e) {
      LOG.warn("no requests are taken, as from verify: {}: {}", path, DiskErrorText.explain(e));
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn("no requests are taken, as from verify, at {}: {}", path, e.getMessage());
    } finally {
      if (opened == null && server != null) {
        closeQuietly(server);
      }
    }
    return opened;
  }

  private static void closeQuietly(ServerSocketChannel server) {
    try {
      server.close();
    } catch (IOException e) {
      LOG.debug("a socket could not be closed", e);
    }
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
    try (ControlLine line = new ControlLine(channel, LIMIT)) {
      line.write(answer(line));
    } catch (IOException e) {
      LOG.debug("a request was broken off: {}", e.getMessage());
    } finally {
      room.release();
    }
  }

  private ObjectNode answer(ControlLine line) throws IOException {
    try {
      ObjectNode request = line.read();
      String name = ControlLine.text(request, "do");
      Request known = name == null ? null : requests.get(name);
      if (known == null) {
        return refusal(
            "this agent knows no such request; it knows: " + String.join(", ", requests.keySet()));
      }
      ObjectNode answer = known.answer(request);
      answer.put("ok", true);
      return answer;
    } catch (ControlLine.MalformedException | RefusedException e) {
      return refusal(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("this is a defect of the program, please report it", e);
      return refusal("a defect of the agent; its log has more");
    }
  }

  private static ObjectNode refusal(String why) {
    return ControlLine.object().put("ok", false).put("error", why);
  }

  /** Takes no more requests. */
  @Override
  public void close() {
    closed = true;
    closeQuietly(server);
    try {
      // Another agent may have put its own in its place.
      if (key != null && key.equals(key(path))) {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      // Whoever removed it wanted the same.
    } catch (IOException e) {
      LOG.debug("the socket could not be removed", e);
    }
  }
}
