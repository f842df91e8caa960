package io.relais.failover.dns.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Authority.ServerAnswer;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.testbed.dns.RealNameServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Against a real Knot DNS and a real BIND that is its secondary. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class AuthoritativeServersRealTest {
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey MANY = new RecordKey("many.example.org", RecordType.A);
  private static final RecordKey ALIAS = new RecordKey("files.example.org", RecordType.A);
  private static final RrSet NEW = RrSet.of(WWW, Duration.ofMinutes(1), List.of("198.51.100.20"));

  @TempDir private Path knot;
  @TempDir private Path bind;

  @Test
  void seesWhenTheSecondaryLagsAndWhenItFollowed() throws Exception {
    try (RealNameServer primary = RealNameServer.knot(knot);
        RealNameServer secondary = RealNameServer.bindSecondary(bind, primary)) {
      primary.put("www.example.org", "A", 60, NEW.values());

      assertThat(ask(WWW, primary, secondary))
          .extracting(serverAnswer -> serverAnswer.sets().get(WWW))
          .containsExactly(NEW, NEW, RrSet.none(WWW), RrSet.none(WWW));
      secondary.transfer(primary);

      assertThat(ask(WWW, primary, secondary))
          .extracting(serverAnswer -> serverAnswer.sets().get(WWW))
          .containsExactly(NEW, NEW, NEW, NEW);
    }
  }

  @Test
  void readsASetThatDoesNotFitIntoAPacketAndSeesAnAlias() throws Exception {
    try (RealNameServer server = RealNameServer.knot(knot)) {
      assertReadsLargeSetsAndAliases(server);
    }
    try (RealNameServer server = RealNameServer.bind(bind)) {
      assertReadsLargeSetsAndAliases(server);
    }
  }

  private static void assertReadsLargeSetsAndAliases(RealNameServer server) throws Exception {
    List<String> values = IntStream.rangeClosed(1, 100).mapToObj(i -> "192.0.2." + i).toList();
    server.put("many.example.org", "A", 300, values);

    assertThat(ask(MANY, server))
        .hasSize(2)
        .allSatisfy(
            serverAnswer ->
                assertThat(serverAnswer.sets())
                    .containsEntry(MANY, RrSet.of(MANY, Duration.ofMinutes(5), values)));
    assertThat(ask(ALIAS, server))
        .allSatisfy(
            serverAnswer ->
                assertThat(serverAnswer.failure().orElse(""))
                    .contains("(CNAME of 'mail.example.org')"));
  }

  private static ImmutableList<ServerAnswer> ask(RecordKey key, RealNameServer... servers)
      throws Exception {
    return new AuthoritativeServers(
            ImmutableList.of("example.org"),
            List.of(servers).stream()
                .map(RealNameServer::address)
                .collect(ImmutableList.toImmutableList()),
            Duration.ofSeconds(30),
            new StubResolver(ImmutableList::of, Path.of("/nonexistent/hosts")))
        .ask("example.org", ImmutableSet.of(key));
  }
}
