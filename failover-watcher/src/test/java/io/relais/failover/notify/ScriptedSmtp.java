package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A mail server that takes everything, unless its script has an answer for the beginning of a
 * command; {@code hang} is none at all, until it is closed. What it hears is kept.
 */
final class ScriptedSmtp implements AutoCloseable {
  private final Optional<TlsIdentity> identity;
  private final boolean tlsAtOnce;
  private final ServerSocket socket;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<String> heardInClear = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile Map<String, String> script;

  ScriptedSmtp(Map<String, String> script) throws IOException {
    this(Optional.empty(), false, script);
  }

  ScriptedSmtp(TlsIdentity identity, boolean tlsAtOnce, Map<String, String> script)
      throws IOException {
    this(Optional.of(identity), tlsAtOnce, script);
  }

  private ScriptedSmtp(
      Optional<TlsIdentity> identity, boolean tlsAtOnce, Map<String, String> script)
      throws IOException {
    this.identity = identity;
    this.tlsAtOnce = tlsAtOnce;
    this.script = script;
    this.socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    var _ = threads.submit(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  void script(Map<String, String> script) {
    this.script = script;
  }

  List<String> heard() {
    return heard;
  }

  List<String> heardInClear() {
    return heardInClear;
  }

  private Void accept() throws IOException {
    while (true) {
      Socket client = socket.accept();
      open.add(client);
      var _ = threads.submit(() -> serve(client));
    }
  }

  private @Nullable Void serve(Socket client) throws IOException, InterruptedException {
    try (client) {
      Socket now = tlsAtOnce ? secure(client) : client;
      say(now, "220 test");
      if (talk(now)) {
        talk(secure(client));
      }
    }
    return null;
  }

  private SSLSocket secure(Socket client) throws IOException {
    SSLSocket tls =
        (SSLSocket)
            identity
                .orElseThrow()
                .context()
                .getSocketFactory()
                .createSocket(client, null, port(), false);
    tls.setUseClientMode(false);
    tls.startHandshake();
    return tls;
  }

  /** Until the end; true if TLS is to begin. */
  private boolean talk(Socket client) throws IOException, InterruptedException {
    boolean inClear = !(client instanceof SSLSocket);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
    boolean data = false;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (data && !line.equals(".")) {
        continue;
      }
      heard.add(line);
      if (inClear) {
        heardInClear.add(line);
      }
      String reply = reply(line, inClear);
      if (reply.equals("hang")) {
        released.await();
        return false;
      }
      data = reply.startsWith("354");
      say(client, reply);
      if (line.equals("STARTTLS")) {
        return true;
      }
    }
    return false;
  }

  private String reply(String line, boolean inClear) {
    return script.entrySet().stream()
        .filter(entry -> line.startsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseGet(() -> usual(line, inClear));
  }

  private String usual(String line, boolean inClear) {
    if (line.startsWith("EHLO")) {
      return identity.isPresent() && inClear
          ? "250-test\r\n250 STARTTLS"
          : "250-test\r\n250 AUTH PLAIN LOGIN";
    }
    if (line.startsWith("AUTH")) {
      return "235 welcome";
    }
    return switch (line) {
      case "DATA" -> "354 go on";
      case "STARTTLS" -> "220 go on";
      default -> "250 ok";
    };
  }

  private static void say(Socket client, String reply) throws IOException {
    client.getOutputStream().write((reply + "\r\n").getBytes(ISO_8859_1));
    client.getOutputStream().flush();
  }

  @Override
  public void close() throws IOException {
    released.countDown();
    socket.close();
    for (Socket client : open) {
      client.close();
    }
    threads.close();
  }
}
