package io.relais.failover.dns.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.testbed.dns.RealNameServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The program that is shipped as an example, with dig and nsupdate against a real BIND. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExampleProgramRealTest {
  private static final Path EXAMPLE =
      Path.of("../packaging/failover-watcher/dns-command/dns-nsupdate");
  private static final String ZONE = RealNameServer.ZONE;
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final RrSet PRODUCTION = set(WWW, 3600, "203.0.113.10", "203.0.113.11");
  private static final RrSet PRODUCTION6 = set(WWW6, 3600, "2001:db8::10");
  private static final RrSet BACKUP = set(WWW, 60, "198.51.100.20");

  @TempDir private static Path folder;

  private RealNameServer server;
  private Path program;

  @BeforeAll
  void start() throws IOException {
    server = RealNameServer.bind(Files.createDirectory(folder.resolve("server")));
    program = Files.copy(EXAMPLE, folder.resolve("dns-nsupdate"));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String key : List.of(RealNameServer.FAILOVER, RealNameServer.READER)) {
      Files.writeString(
          folder.resolve(key),
          "key \"%s\" { algorithm hmac-sha256; secret \"%s\"; };\n"
              .formatted(key, RealNameServer.SECRET.value()));
      Files.setPosixFilePermissions(
          folder.resolve(key), PosixFilePermissions.fromString("rw-------"));
    }
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void startWithProduction() throws IOException {
    put(PRODUCTION);
    put(PRODUCTION6);
  }

  @Test
  void switchesAndGoesBackAndTouchesNothingElse() throws Exception {
    CommandZone zone = zone(RealNameServer.FAILOVER);
    Set<String> before = server.records();
    ZoneChange away =
        change(new Replacement(PRODUCTION, BACKUP), new Replacement(PRODUCTION6, RrSet.none(WWW6)));

    assertThat(zone.read(ZONE, ImmutableSet.of(WWW, WWW6)))
        .containsExactly(PRODUCTION, PRODUCTION6);
    zone.apply(away);
    zone.publish(ZONE);

    assertThat(Sets.difference(server.records(), before))
        .containsExactly("www.example.org 60 A 198.51.100.20");
    assertThat(zone.read(ZONE, ImmutableSet.of(WWW, WWW6)))
        .containsExactly(BACKUP, RrSet.none(WWW6));
    zone.apply(away);
    zone.apply(away.reversed());
    assertThat(server.records()).isEqualTo(before);
  }

  @Test
  void leavesWhatSomebodyElsePutThere() throws Exception {
    put(set(WWW, 3600, "192.0.2.99"));
    Set<String> before = server.records();

    assertThat(failure(zone(RealNameServer.FAILOVER)).kind()).isEqualTo(Cause.CONFLICT);
    assertThat(server.records()).isEqualTo(before);
  }

  @Test
  void findsThatTheKeyMayNotUpdateAndChangesNothingToKnow() throws Exception {
    long serial = server.serial();

    assertThat(zone(RealNameServer.FAILOVER).check(ZONE, ImmutableSet.of(WWW, WWW6), false))
        .extracting(Check::result)
        .containsOnly(Status.OK);
    assertThat(zone(RealNameServer.READER).check(ZONE, ImmutableSet.of(WWW), false))
        .filteredOn(check -> check.result() == Status.FAILED)
        .isNotEmpty()
        .allSatisfy(check -> assertThat(check.detail()).contains("give the key the right"));
    assertThat(zone(RealNameServer.READER).check(ZONE, ImmutableSet.of(WWW), true))
        .extracting(Check::result)
        .contains(Status.UNKNOWN)
        .doesNotContain(Status.FAILED);
    assertThat(server.serial()).isEqualTo(serial);
    assertThat(failure(zone(RealNameServer.READER)).kind()).isEqualTo(Cause.REFUSED);
  }

  @Test
  void refusesAZoneThatIsNotThere() {
    RecordKey key = new RecordKey("www.example.net", RecordType.A);

    assertThat(
            catchThrowableOfType(
                    DnsProviderException.class,
                    () -> zone(RealNameServer.FAILOVER).read("example.net", ImmutableSet.of(key)))
                .kind())
        .isEqualTo(Cause.REFUSED);
  }

  private static DnsProviderException failure(CommandZone zone) {
    return catchThrowableOfType(
        DnsProviderException.class, () -> zone.apply(change(new Replacement(PRODUCTION, BACKUP))));
  }

  private CommandZone zone(String key) {
    return CommandZone.of(
        ImmutableList.of(
            program.toString(),
            "127.0.0.1#" + server.address().getPort(),
            folder.resolve(key).toString()),
        Duration.ofSeconds(30));
  }

  private void put(RrSet set) throws IOException {
    server.put(set.key().name(), set.key().type().name(), set.ttl().toSeconds(), set.values());
  }

  private static ZoneChange change(Replacement... replacements) {
    return new ZoneChange(ZONE, ImmutableList.copyOf(replacements));
  }

  private static RrSet set(RecordKey key, long ttl, String... values) {
    return RrSet.of(key, Duration.ofSeconds(ttl), List.of(values));
  }
}
