package io.relais.common.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.DurationFormat;
import io.relais.common.FileAccess;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks the program that runs with a state directory to do something. For any number of threads. */
public final class ControlClient {
  /** Between two tries to connect. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Path socket;
  private final String program;

  /**
   * Makes one; nothing is looked at yet.
   *
   * @param program its name, which is its unit's in systemd too
   */
  public ControlClient(Path stateDirectory, String program) {
    this.socket = ControlServer.socketIn(stateDirectory).toAbsolutePath();
    this.program = program;
  }

  /**
   * Asks, and waits for the answer; empty if nobody takes requests there.
   *
   * @param command what a person typed to ask this, for messages
   * @param limit how long all of it may take
   * @throws EOFException if the program ended before it answered
   * @throws IOException if there is one, and it refuses the request or can't be asked; the message
   *     says so for whoever typed the command
   */
  public Optional<ObjectNode> ask(ObjectNode request, String command, Duration limit)
      throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    ObjectNode answer;
    try {
      SocketChannel channel = connect(command, end);
      if (channel == null) {
        return Optional.empty();
      }
      try (JsonLine line = new JsonLine(channel, Duration.ofNanos(end - System.nanoTime()))) {
        answer = ask(line, request);
      }
    } catch (JsonLine.EndedException e) {
      throw new EOFException(
          "%s ended before it answered '%s'; give the command again".formatted(program, command));
    } catch (JsonLine.MalformedException e) {
      throw new IOException(
          ("the running %s answered '%s' with something else than this version expects; if it is"
                  + " another version, restart it: systemctl restart %s")
              .formatted(program, command, program),
          e);
    } catch (JsonLine.LateException e) {
      throw new IOException(
          ("the running %s did not answer '%s' within %s, at %s; see whether it hangs: systemctl"
                  + " status %s")
              .formatted(program, command, DurationFormat.of(limit), socket, program),
          e);
    }
    if (!answer.path("ok").asBoolean()) {
      throw new IOException(
          "the running %s refused '%s': %s"
              .formatted(program, command, answer.path("error").asText("it gave no reason")));
    }
    return Optional.of(answer);
  }

  private static ObjectNode ask(JsonLine line, ObjectNode request) throws IOException {
    try {
      line.write(request);
    } catch (JsonLine.EndedException e) {
      // It may have answered before it hung up.
    }
    return line.read();
  }

  /** Null if nobody listens. A program that is stopped leaves no room for more at some time. */
  private @Nullable SocketChannel connect(String command, long end) throws IOException {
    while (FileAccess.exists(socket)) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try (SocketAddress address = SocketAddress.of(socket)) {
        channel.configureBlocking(false);
        if (channel.connect(address.get())) {
          return channel;
        }
      } catch (ConnectException e) {
        channel.close();
        return null; // What a killed program left.
      } catch (IOException e) {
        // No room, no right, or gone by now.
        channel.close();
        requireRight(command, e);
      }
      channel.close();
      pause(end);
    }
    return null;
  }

  private void requireRight(String command, IOException failure) throws IOException {
    if (FileAccess.exists(socket) && !Files.isWritable(socket)) {
      throw new IOException(
          ("'%s' was not given: this user may not command the running %s at %s; run this as root"
                  + " or as the user that it runs as")
              .formatted(command, program, socket),
          failure);
    }
  }

  private static void pause(long end) throws IOException {
    if (System.nanoTime() - end >= 0) {
      throw new JsonLine.LateException();
    }
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting");
    }
  }
}
