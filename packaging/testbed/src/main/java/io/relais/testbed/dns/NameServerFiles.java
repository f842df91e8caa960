package io.relais.testbed.dns;

import static io.relais.testbed.dns.RealNameServer.ADMIN;
import static io.relais.testbed.dns.RealNameServer.ALGORITHMS;
import static io.relais.testbed.dns.RealNameServer.FAILOVER;
import static io.relais.testbed.dns.RealNameServer.READER;
import static io.relais.testbed.dns.RealNameServer.SECRET;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The zone and the configurations of {@link RealNameServer}; each returns its configuration. */
final class NameServerFiles {
  private static final String ZONE_FILE =
      """
      $ORIGIN example.org.
      $TTL 3600
      @        SOA   ns1 hostmaster 1 3600 600 86400 60
      @        NS    ns1
      @        MX    10 mail
      @        TXT   "v=spf1 mx -all"
      @        CAA   0 issue "letsencrypt.org"
      ns1      A     127.0.0.1
      mail     A     203.0.113.25
      mail     AAAA  2001:db8::25
      _sip._tcp SRV  0 5 5060 mail
      files    CNAME mail
      *.apps   A     203.0.113.30
      """;

  private NameServerFiles() {}

  static Path knot(Path folder, int port) throws IOException {
    Files.writeString(folder.resolve("zone"), ZONE_FILE);
    return Files.writeString(
        folder.resolve("knot.conf"),
        String.format(
            """
            server:
              rundir: "%1$s"
              listen: 127.0.0.1@%2$d
              udp-workers: 1
              tcp-workers: 1
              background-workers: 1
            log:
              - target: stderr
                any: info
            database:
              storage: "%1$s"
              journal-db-max-size: 16M
            key:
            %3$s
            acl:
            %4$s
              - id: reader
                key: reader
                action: query
              - id: admin
                key: admin
                action: [query, update, transfer]
            zone:
              - domain: example.org
                storage: "%1$s"
                file: zone
                acl: [admin, reader, %5$s]
            """,
            folder, port, knotKeys(), knotRules(), updaters().collect(joining(", "))));
  }

  static Path bind(Path folder, int port) throws IOException {
    Files.writeString(folder.resolve("zone"), ZONE_FILE);
    return bind(
        folder,
        port,
        String.format(
            """
            type primary; file "zone"; notify no;
            update-policy { grant admin zonesub any; %s };
            allow-transfer { key admin; };
            """,
            bindGrants()));
  }

  static Path bindSecondary(Path folder, int port, int primary) throws IOException {
    return bind(
        folder,
        port,
        String.format(
            """
            type secondary; file "zone"; notify no;
            primaries { 127.0.0.1 port %d key admin; };
            allow-transfer { key admin; };
            """,
            primary));
  }

  private static Path bind(Path folder, int port, String zone) throws IOException {
    return Files.writeString(
        folder.resolve("named.conf"),
        String.format(
            """
            options {
              directory "%s"; pid-file "named.pid"; lock-file none; session-keyfile "session";
              listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; };
              recursion no; dnssec-validation no;
            };
            controls { };
            %s
            zone "example.org" { %s };
            """,
            folder, port, bindKeys(), zone));
  }

  private static ImmutableMap<String, String> keys() {
    ImmutableMap.Builder<String, String> keys = ImmutableMap.builder();
    keys.put(ADMIN, "hmac-sha256").put(FAILOVER, "hmac-sha256").put(READER, "hmac-sha256");
    ALGORITHMS.forEach(algorithm -> keys.put(FAILOVER + "-" + algorithm, algorithm));
    return keys.buildOrThrow();
  }

  private static Stream<String> updaters() {
    return keys().keySet().stream().filter(name -> name.startsWith(FAILOVER));
  }

  private static String knotKeys() {
    return keys().entrySet().stream()
        .map(
            key ->
                String.format(
                    "  - id: %s%n    algorithm: %s%n    secret: %s%n",
                    key.getKey(), key.getValue(), SECRET.value()))
        .collect(joining());
  }

  private static String knotRules() {
    return updaters()
        .map(
            name ->
                String.format(
                    "  - id: %1$s%n    key: %1$s%n    action: [query, update]%n"
                        + "    update-type: [A, AAAA]%n",
                    name))
        .collect(joining());
  }

  private static String bindKeys() {
    return keys().entrySet().stream()
        .map(
            key ->
                String.format(
                    "key \"%s\" { algorithm %s; secret \"%s\"; };%n",
                    key.getKey(), key.getValue(), SECRET.value()))
        .collect(joining());
  }

  private static String bindGrants() {
    return updaters()
        .map(name -> String.format("grant %s zonesub A AAAA;", name))
        .collect(joining(" "));
  }
}
