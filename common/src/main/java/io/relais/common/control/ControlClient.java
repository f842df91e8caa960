package io.relais.common.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.FileAccess;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Asks the program that runs with a state directory to do something. For any number of threads. */
public final class ControlClient {
  private final Path socket;
  private final String program;

  /**
   * Makes one; nothing is looked at yet.
   *
   * @param program what it is called in messages, as in "the agent"
   */
  public ControlClient(Path stateDirectory, String program) {
    this.socket = ControlServer.socketIn(stateDirectory).toAbsolutePath();
    this.program = program;
  }

  /**
   * Asks, and waits for the answer; empty if nobody takes requests there.
   *
   * @param limit how long the answer may take
   * @throws EOFException if the program ended before it answered
   * @throws IOException if there is one, and it refuses the request or can't be asked; the message
   *     says so for whoever typed the command
   */
  public Optional<ObjectNode> ask(ObjectNode request, Duration limit) throws IOException {
    if (ControlServer.isTooLong(socket) || !FileAccess.exists(socket)) {
      return Optional.empty();
    }
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (ConnectException e) {
      channel.close();
      return Optional.empty(); // What a killed program left: nobody listens.
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "%s can't be asked at %s: run this as the user that it runs as"
              .formatted(program, socket),
          e);
    }
    ObjectNode answer;
    try (JsonLine line = new JsonLine(channel, limit)) {
      line.write(request);
      answer = line.read();
    } catch (JsonLine.EndedException e) {
      throw new EOFException(program + " ended before it answered at " + socket);
    } catch (IOException e) {
      throw new IOException(program + " does not answer at " + socket, e);
    }
    if (!answer.path("ok").asBoolean()) {
      throw new IOException(program + " refuses: " + answer.path("error").asText("no reason"));
    }
    return Optional.of(answer);
  }
}
