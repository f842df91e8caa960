package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.net.HostAndPort;
import io.relais.testbed.dns.RealNameServer;
import io.relais.testbed.provider.OvhSimulator;
import io.relais.testbed.provider.OvhSimulatorZone;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.TestCertificates;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * A site with production at 127.0.0.2 and a backup at 127.0.0.3, a zone on a real Knot (changed by
 * RFC 2136, or through a simulated OVH whose zone Knot serves), canaries, services that tell the
 * backup's address, somebody who is notified, and a configuration for all of it.
 */
public final class FailoverBed implements AutoCloseable {
  public static final String NAME = "www.example.org";

  /** The address that the records have while all is well; only ever looked at, never asked. */
  static final String PRODUCTION = "127.0.0.2";

  /** The backup's public address; only ever looked at, never asked. */
  static final String BACKUP = "93.184.215.20";

  private static final Duration LONG = Duration.ofDays(60);

  /** Who holds the zone. */
  public enum Holder {
    RFC2136,
    OVH
  }

  public final TestCertificates certificates = new TestCertificates();
  public final WebSite production;
  final WebSite backup;
  public final RealNameServer dns;
  public final Optional<OvhSimulator> ovh;
  final FakeServer webhook;
  final List<FakeServer> canaries = new ArrayList<>();
  final AtomicReference<String> address = new AtomicReference<>(BACKUP);
  public final Path folder;

  /** Where updates by RFC 2136 are sent: the name server, or something before it. */
  final AtomicReference<HostAndPort> updates;

  private final List<FakeServer> addressServices = new ArrayList<>();

  private FailoverBed(Path folder, Holder holder) throws IOException {
    this.folder = folder;
    dns = RealNameServer.knot(Files.createDirectory(folder.resolve("knot")));
    updates = new AtomicReference<>(dns.address());
    ovh = holder == Holder.OVH ? Optional.of(ovh(dns)) : Optional.empty();
    Sites sites = sites(certificates);
    production = sites.production();
    backup = sites.backup();
    webhook = FakeServer.start(FakeServer.answering(_ -> FakeServer.reply(200, "ok")));
    for (int i = 0; i < 2; i++) {
      canaries.add(FakeServer.start(FakeServer.answering(_ -> FakeServer.reply(200, "here"))));
      addressServices.add(
          FakeServer.start(FakeServer.answering(_ -> FakeServer.reply(200, address.get()))));
    }
    certificates.writeAuthority(folder.resolve("ca.pem"));
    secret("tsig.key", RealNameServer.SECRET.value());
    if (ovh.isEmpty()) {
      dns.put(NAME, "A", 3600, List.of(PRODUCTION));
    }
  }

  private record Sites(WebSite production, WebSite backup) {}

  /** Both at one port, as a probe's URL has it. */
  private static Sites sites(TestCertificates certificates) throws IOException {
    while (true) {
      WebSite production =
          new WebSite(InetAddress.ofLiteral("127.0.0.2"), 0, certificates.valid(LONG, NAME));
      try {
        InetAddress other = InetAddress.ofLiteral("127.0.0.3");
        return new Sites(
            production, new WebSite(other, production.port(), certificates.valid(LONG, NAME)));
      } catch (BindException taken) {
        production.close();
      }
    }
  }

  public static FailoverBed open(Path folder, Holder holder) throws IOException {
    return new FailoverBed(folder, holder);
  }

  private OvhSimulator ovh(RealNameServer server) throws IOException {
    OvhSimulator simulator = OvhSimulator.start();
    OvhSimulatorZone zone = simulator.zone(RealNameServer.ZONE);
    zone.add("www", "A", PRODUCTION, 3600L);
    zone.add("mail", "A", "198.51.100.7", null);
    zone.deployNow();
    zone.onPublished(records -> serve(server, records));
    zone.deployAfter(Optional.of(Duration.ofMillis(200)));
    secret(
        "ovh.conf",
        """
        [default]
        endpoint=%s
        [%s]
        application_key=%s
        application_secret=%s
        consumer_key=%s
        """
            .formatted(
                simulator.endpoint(),
                simulator.endpoint(),
                simulator.applicationKey(),
                simulator.applicationSecret().value(),
                simulator
                    .grant(
                        "GET /domain/zone/example.org/record",
                        "GET /domain/zone/example.org/record/*",
                        "PUT /domain/zone/example.org/record/*",
                        "POST /domain/zone/example.org/record",
                        "DELETE /domain/zone/example.org/record/*",
                        "POST /domain/zone/example.org/refresh",
                        "GET /domain/zone/example.org/status",
                        "GET /auth/currentCredential")
                    .value()));
    return simulator;
  }

  private static void serve(RealNameServer server, ImmutableList<OvhSimulatorZone.Entry> records) {
    try {
      for (String sub : List.of("www", "mail", "drill")) {
        server.clear(sub + "." + RealNameServer.ZONE);
      }
      Map<String, List<OvhSimulatorZone.Entry>> sets =
          records.stream()
              .collect(Collectors.groupingBy(entry -> entry.subDomain() + " " + entry.fieldType()));
      for (List<OvhSimulatorZone.Entry> set : sets.values()) {
        OvhSimulatorZone.Entry one = set.getFirst();
        server.put(
            one.subDomain() + "." + RealNameServer.ZONE,
            one.fieldType(),
            one.ttl() == null ? 3600 : one.ttl(),
            set.stream().map(OvhSimulatorZone.Entry::target).toList());
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void secret(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text, UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  Path state() {
    return folder.resolve("state");
  }

  /** The records of the site, as the name server has them. */
  public ImmutableSortedSet<String> records() throws IOException {
    return dns.records().stream()
        .filter(record -> record.startsWith(NAME + " "))
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  /** Everybody else's, whose name begins with none of the site's. */
  ImmutableSortedSet<String> otherRecords() throws IOException {
    return dns.records().stream()
        .filter(record -> !record.startsWith(NAME + " "))
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  /** Somebody else gives the site this one record, stored and served. */
  void point(String target, long ttl) throws IOException {
    if (ovh.isEmpty()) {
      dns.put(NAME, "A", ttl, List.of(target));
      return;
    }
    OvhSimulatorZone zone = zone();
    zone.stored().stream()
        .filter(entry -> "www".equals(entry.subDomain()))
        .forEach(entry -> zone.remove(entry.id()));
    zone.add("www", "A", target, ttl);
    zone.deployNow();
  }

  /** What must never be told: the keys of whoever holds the zone. */
  ImmutableSet<String> secrets() throws IOException {
    if (ovh.isEmpty()) {
      return ImmutableSet.of(RealNameServer.SECRET.value());
    }
    return Files.readAllLines(folder.resolve("ovh.conf")).stream()
        .filter(line -> line.startsWith("application_secret") || line.startsWith("consumer_key"))
        .map(line -> line.substring(line.indexOf('=') + 1))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The zone at OVH. */
  OvhSimulatorZone zone() {
    return ovh.orElseThrow().zone(RealNameServer.ZONE);
  }

  /** What the records are while all is well. */
  public static String atProduction() {
    return NAME + " 3600 A " + PRODUCTION;
  }

  /** What they are after a switch. */
  public static String atBackup() {
    return NAME + " 60 A " + BACKUP;
  }

  /**
   * The configuration, with the rounds of a test.
   *
   * @param changes lines by key path to put in place of the usual ones, as {@code
   *     decision.failures}; an empty one leaves the program's default
   * @param more appended as it is
   */
  public Path config(Map<String, String> changes, String more) throws IOException {
    // It holds the webhook's URL.
    secret("watcher.toml", new FailoverBedConfig(this, changes).text() + more);
    return folder.resolve("watcher.toml");
  }

  Path config() throws IOException {
    return config(Map.of(), "");
  }

  List<Integer> addressPorts() {
    return addressServices.stream().map(FakeServer::port).toList();
  }

  /** Nobody tells the backup's address any more. */
  void closeAddressServices() throws IOException {
    for (FakeServer server : addressServices) {
      server.close();
    }
  }

  /** What was posted to the webhook, oldest first. */
  public ImmutableList<String> told() {
    return webhook.received().stream()
        .map(request -> request.body())
        .collect(ImmutableList.toImmutableList());
  }

  /** Starts the program with the configuration that was last written. */
  Program start(String... arguments) throws IOException {
    return startBy(List.of(), arguments);
  }

  /**
   * Starts the program where all names are resolved by another server, at port 53. Needs root: the
   * resolver's configuration is covered for that one process.
   */
  Program startResolvingAt(InetAddress server, String... arguments) throws IOException {
    Path resolver =
        Files.writeString(
            folder.resolve("resolv.conf"), "nameserver " + server.getHostAddress() + "\n", UTF_8);
    String cover = "mount --bind \"$1\" /etc/resolv.conf && shift && exec \"$@\"";
    return startBy(
        List.of("unshare", "-m", "sh", "-c", cover, "sh", resolver.toString()), arguments);
  }

  private Program startBy(List<String> by, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("-c", folder.resolve("watcher.toml").toString()));
    all.addAll(List.of(arguments));
    return Program.start(by, folder, Map.of(), all);
  }

  /** Runs the program to its end. */
  Program run(String... arguments) throws IOException {
    Program program = start(arguments);
    program.await();
    return program;
  }

  @Override
  public void close() throws IOException {
    production.close();
    backup.close();
    webhook.close();
    for (FakeServer server : canaries) {
      server.close();
    }
    for (FakeServer server : addressServices) {
      server.close();
    }
    ovh.ifPresent(OvhSimulator::close);
    dns.close();
  }
}
