package io.relais.failover.e2e;

import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.FakeServer.Behaviour;
import io.relais.testbed.web.SilentPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;

/** A web site over HTTPS whose behaviour can be changed while it is asked. */
public final class WebSite implements AutoCloseable {
  static final String PAGE = "<h1>Welcome</h1>";

  private final SSLContext certificate;
  private final AtomicReference<Behaviour> behaviour;
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger served = new AtomicInteger();
  private final FakeServer server;
  private Optional<SilentPort> silence = Optional.empty();

  /** One that is up. */
  WebSite(InetAddress address, int port, SSLContext certificate) throws IOException {
    this.certificate = certificate;
    this.behaviour = new AtomicReference<>(serving(200, PAGE));
    this.server =
        FakeServer.start(
            address,
            port,
            peer -> {
              asked.incrementAndGet();
              behaviour.get().serve(peer);
              served.incrementAndGet();
            });
  }

  private Behaviour serving(int status, String page) {
    return FakeServer.tls(certificate, FakeServer.answering(_ -> FakeServer.reply(status, page)));
  }

  public int port() {
    return server.port();
  }

  /** How many connections came. */
  int asked() {
    return asked.get();
  }

  /** How many connections were served to their end. */
  public int served() {
    return served.get();
  }

  void up() {
    behaviour.set(serving(200, PAGE));
  }

  public void answers(int status, String page) {
    behaviour.set(serving(status, page));
  }

  /** TLS is done, and then nothing comes. */
  public void hangs() {
    behaviour.set(FakeServer.tls(certificate, FakeServer.mute()));
  }

  /** Each connection is reset at once. */
  void refuses() {
    behaviour.set(FakeServer.resetting(false));
  }

  /** Serves its page under another certificate. */
  public void certificate(SSLContext other) {
    behaviour.set(FakeServer.tls(other, FakeServer.answering(_ -> FakeServer.reply(200, PAGE))));
  }

  /** Each connection is served by what this hands out. */
  void behaves(java.util.function.Supplier<Behaviour> each) {
    behaviour.set(peer -> each.get().serve(peer));
  }

  /** One answer with the page. */
  Behaviour well() {
    return serving(200, PAGE);
  }

  /** One answer with an error. */
  Behaviour ill() {
    return serving(500, "Oops");
  }

  /** The page begins, and goes on for ever. */
  public void trickles() {
    behaviour.set(
        FakeServer.tls(certificate, FakeServer.dribbling("HTTP/1.1 200 OK\r\n\r\n" + PAGE, " ")));
  }

  /** Neither accepts nor refuses any more, as a machine that is off. */
  public void goesSilent() throws IOException {
    server.close();
    while (silence.isEmpty()) {
      try {
        silence = Optional.of(SilentPort.open(server.address(), server.port()));
      } catch (BindException e) {
        Thread.onSpinWait(); // The listener's own thread has not let it go yet.
      }
    }
  }

  /** Nobody listens any more. */
  @Override
  public void close() throws IOException {
    server.close();
    if (silence.isPresent()) {
      silence.get().close();
    }
  }
}
