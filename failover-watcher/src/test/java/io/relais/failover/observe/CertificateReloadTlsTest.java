package io.relais.failover.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import com.google.common.net.InetAddresses;
import io.relais.failover.address.AddressSettings;
import io.relais.failover.address.StableAddress;
import io.relais.failover.config.BackupConfig;
import io.relais.failover.config.CertificateConfig;
import io.relais.failover.config.Quantifier;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.net.OkHttpCaller;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Probes;
import io.relais.failover.state.PersistentState;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.TestCertificates;
import io.relais.testbed.web.TestCertificates.Issued;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real TLS: a server that loads its certificate when it is told to. */
final class CertificateReloadTlsTest {
  private static final String SITE = "www.example.org";
  private static final Duration AMPLE = Duration.ofSeconds(20);

  @TempDir private Path directory;

  @Test
  void servesTheCopysCertificateAfterTheReload() throws Exception {
    TestCertificates authority = new TestCertificates();
    Instant now = Instant.now();
    Issued old =
        authority.issue(now.minus(Duration.ofDays(91)), now.minus(Duration.ofDays(1)), SITE);
    Issued renewed =
        authority.issue(now.minus(Duration.ofDays(31)), now.plus(Duration.ofDays(59)), SITE);
    Path copy = Files.writeString(directory.resolve("fullchain.pem"), renewed.chainPem());
    Path loaded = directory.resolve("loaded");
    FakeServer.Behaviour page = FakeServer.answering(_ -> FakeServer.reply(200, "Welcome"));
    FakeServer.Behaviour before = FakeServer.tls(old.context(), page);
    FakeServer.Behaviour after = FakeServer.tls(renewed.context(), page);
    try (FakeServer server =
        FakeServer.start(
            InetAddress.getLoopbackAddress(),
            0,
            peer -> (Files.exists(loaded) ? after : before).serve(peer))) {
      BackupConfig config = config(copy, loaded);
      BackupCheck check =
          new BackupCheck(
              config,
              ImmutableList.of(probe(server, authority)),
              Quantifier.ALL,
              probes(),
              new CopyCertificate(Optional.of(copy), InstantSource.system()));
      SiteCheckResult own = check.look();
      assertThat(own.up()).isFalse();
      assertThat(own.failures())
          .contains("certificate expired on ", "reload the backup's web server");
      PersistentState memory = PersistentState.initial(now, StableAddress.unknown(1));
      CertificateReload reload = new CertificateReload(config.certificate(), check);
      assertThat(reload.look(own, memory, false).own().up()).as("not before a switch").isFalse();
      CertificateReload.Reloaded reloaded = reload.look(own, memory, true);
      assertThat(reloaded.own().up()).as(reloaded.own().failures()).isTrue();
      assertThat(reloaded.memory().reloaded()).isPresent();
      assertThat(check.advice(reloaded.own().results().getFirst())).isEmpty();
    }
  }

  private BackupConfig config(Path copy, Path loaded) {
    return new BackupConfig(
        InetAddresses.forString("127.0.0.1"),
        true,
        new AddressSettings(ImmutableList.of(), 2, ImmutableSet.of(IpFamily.V4)),
        2,
        Duration.ofMinutes(1),
        ImmutableList.of(),
        new CertificateConfig(
            Optional.of(copy), ImmutableList.of("/bin/sh", "-c", "touch '" + loaded + "'"), AMPLE));
  }

  private static Probes probes() {
    return new Probes(
        OkHttpCaller.create(),
        (server, name, type, timeout) -> {
          throw new IllegalStateException("no name server is asked");
        },
        InstantSource.system());
  }

  private ProbeSpec probe(FakeServer server, TestCertificates authority) throws Exception {
    return new ProbeSpec.Http(
        "page",
        URI.create("https://" + SITE + ":" + server.port() + "/"),
        ImmutableRangeSet.of(Range.singleton(200)),
        ImmutableList.of("Welcome"),
        ImmutableList.of(),
        0,
        1 << 20,
        ProbeSpec.Redirects.NONE,
        "test",
        HttpLimits.within(AMPLE),
        true,
        Duration.ofDays(14),
        Optional.of(authority.writeAuthority(directory.resolve("authority.pem"))));
  }
}
