package io.relais.testbed.ssh;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One sshd on 127.0.0.1, which can be stopped and started again on its port. */
final class SshDaemon {
  private final Path store;
  private final String name;
  private final int port;
  private final String options;
  private final HostKeys hostKeys;
  private @Nullable Process process;

  /**
   * Prepares a server.
   *
   * @param options lines of sshd_config(5) beyond those that both servers share
   */
  SshDaemon(Path store, String name, int port, String options) {
    this.store = store;
    this.name = name;
    this.port = port;
    this.options = options;
    this.hostKeys = new HostKeys(store, name);
  }

  int port() {
    return port;
  }

  HostKeys hostKeys() {
    return hostKeys;
  }

  void start() throws IOException {
    if (process != null) {
      return;
    }
    Path file = Files.writeString(store.resolve(name + "_sshd_config"), configuration());
    Shell.run(Shell.find("sshd"), "-t", "-f", file.toString());
    Process listener =
        new ProcessBuilder(Shell.find("sshd"), "-D", "-f", file.toString(), "-E", log().toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    process = listener;
    await(name + " answers")
        .atMost(Duration.ofSeconds(60))
        .failFast(() -> requireAlive(listener))
        .until(this::answers);
  }

  private void requireAlive(Process listener) throws IOException {
    if (!listener.isAlive()) {
      throw new IllegalStateException(name + " ended: " + Files.readString(log()));
    }
  }

  /** Where the server logs; worth printing when a test fails. */
  Path log() {
    return store.resolve(name + ".log");
  }

  /** Ends the server and every connection that it serves. */
  void stop() {
    Process listener = process;
    if (listener == null) {
      return;
    }
    process = null;
    List<ProcessHandle> sessions = listener.descendants().toList();
    listener.destroyForcibly();
    sessions.forEach(ProcessHandle::destroyForcibly);
    await(name + " ends")
        .atMost(Duration.ofSeconds(20))
        .until(() -> !listener.isAlive() && sessions.stream().noneMatch(ProcessHandle::isAlive));
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        InputStream in = socket.getInputStream()) {
      return in.read() == 'S';
    } catch (IOException e) {
      return false;
    }
  }

  private String configuration() {
    return """
        ListenAddress 127.0.0.1
        Port %d
        %sPidFile none
        LogLevel VERBOSE
        AuthorizedKeysFile %s/authorized_keys/%%u
        PubkeyAuthentication yes
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin no
        UsePAM no
        UseDNS no
        MaxStartups 100
        PrintMotd no
        PrintLastLog no
        X11Forwarding no
        AllowAgentForwarding no
        AllowStreamLocalForwarding no
        PermitTunnel no
        PermitUserEnvironment no
        %s"""
        .formatted(port, hostKeys.configuration(), store, options);
  }
}
