package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.FreePorts;
import io.relais.testbed.web.TestCertificates;
import io.relais.testbed.web.TestCertificates.Issued;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A renewal in the copy, and a real nginx that serves it; no handshake fails. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ReloadRealTest {
  private static final String NGINX = "/usr/sbin/nginx";
  private static final String NAME = "www.example.org";

  @TempDir private Path directory;

  private final TestCertificates authority = new TestCertificates();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final List<BigInteger> served = new CopyOnWriteArrayList<>();
  private final AtomicReference<Thread> visitor = new AtomicReference<>();
  private CertificateDirectory copy;
  private ReloadScript script;
  private Path configuration;
  private int port;

  @BeforeEach
  void startNginx() throws Exception {
    copy = new CertificateDirectory(directory.resolve("letsencrypt"), NAME);
    script = new ReloadScript(directory);
    port = FreePorts.next();
    configuration = directory.resolve("nginx.conf");
    Files.writeString(
        configuration,
        """
        user root;
        worker_processes 2;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events {}
        http {
          access_log off;
          server {
            listen 127.0.0.1:%2$d ssl;
            ssl_certificate %3$s/fullchain.pem;
            ssl_certificate_key %3$s/privkey.pem;
            location / { return 200 "Welcome"; }
          }
        }
        """
            .formatted(directory, port, copy.live()),
        UTF_8);
    script.command("nginx", "exec %s -c '%s' \"$@\"".formatted(NGINX, configuration));
    script.command("systemctl", "exec %s -c '%s' -s reload".formatted(NGINX, configuration));
  }

  @AfterEach
  void stop() throws Exception {
    if (visitor.get() != null) {
      visitor.get().interrupt();
      visitor.get().join();
    }
    nginx("-s", "stop");
  }

  @Test
  void servesARenewedCertificateAndNoHandshakeFails() throws Exception {
    Issued old = issue(Duration.ofDays(60));
    copy.renew(old);
    assertThat(nginx()).isZero();
    visit();
    awaitServed(old);
    Issued renewed = issue(Duration.ofDays(1));
    copy.renew(renewed);
    ReloadScript.Ended ended = script.run("nginx", copy.live().toString());
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    awaitServed(renewed);
    int before = served.size();
    Awaitility.await().until(() -> served.size() > before + 50);
    assertThat(failures).isEmpty();
    assertThat(served.getLast()).isEqualTo(renewed.certificate().getSerialNumber());
    assertThat(served).contains(old.certificate().getSerialNumber());
  }

  @Test
  void goesOnWithTheOldOneWhereTheKeyDoesNotFit() throws Exception {
    Issued old = issue(Duration.ofDays(60));
    copy.renew(old);
    assertThat(nginx()).isZero();
    visit();
    awaitServed(old);
    copy.renew(issue(Duration.ofDays(1)).chainPem(), issue(Duration.ofDays(1)).keyPem());
    ReloadScript.Ended ended = script.run("nginx", copy.live().toString());
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.output()).contains("key values mismatch", "it goes on as it was");
    int before = served.size();
    Awaitility.await().until(() -> served.size() > before + 50);
    assertThat(failures).isEmpty();
    assertThat(served).containsOnly(old.certificate().getSerialNumber());
  }

  private Issued issue(Duration age) {
    Instant from = Instant.now().minus(age);
    return authority.issue(from, from.plus(Duration.ofDays(90)), NAME);
  }

  private int nginx(String... arguments) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(NGINX, "-c", configuration.toString());
    builder.command().addAll(List.of(arguments));
    Process process =
        builder.redirectErrorStream(true).redirectOutput(directory.resolve("out").toFile()).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private void awaitServed(Issued issued) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                !served.isEmpty()
                    && served.getLast().equals(issued.certificate().getSerialNumber()));
  }

  /** Shakes hands all the time. */
  private void visit() throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new Trusting()}, null);
    visitor.set(
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    shakeHands(trusting);
                  }
                }));
  }

  private void shakeHands(SSLContext trusting) {
    try (SSLSocket socket =
        (SSLSocket)
            trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5000);
      socket.startHandshake();
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      socket.getSession().invalidate(); // The next one is not resumed.
      served.add(leaf.getSerialNumber());
    } catch (IOException e) {
      failures.add(e.toString());
    }
  }

  /** Whom it talks to is what it wants to know. */
  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
