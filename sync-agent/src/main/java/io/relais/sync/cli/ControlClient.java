package io.relais.sync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.FileAccess;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Asks the running agent to do something. */
final class ControlClient {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Path socket;

  ControlClient(Path stateDirectory) {
    this.socket = ControlSocket.in(stateDirectory).toAbsolutePath();
  }

  /**
   * Asks; empty if no agent takes requests there.
   *
   * @throws IOException if one does, and refuses this one or can't be asked; the message is for a
   *     person
   */
  Optional<ObjectNode> ask(ObjectNode request) throws IOException {
    if (ControlSocket.isTooLong(socket) || !FileAccess.exists(socket)) {
      return Optional.empty();
    }
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (ConnectException e) {
      channel.close();
      return Optional.empty(); // What a killed agent left: nobody listens.
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "the agent can't be asked at " + socket + ": run this as the agent's own user", e);
    }
    ObjectNode answer;
    try (ControlLine line = new ControlLine(channel, LIMIT)) {
      line.write(request);
      answer = line.read();
    } catch (IOException e) {
      throw new IOException("the agent does not answer at " + socket, e);
    }
    if (!answer.path("ok").asBoolean()) {
      throw new IOException("the agent refuses: " + answer.path("error").asText("no reason"));
    }
    return Optional.of(answer);
  }
}
