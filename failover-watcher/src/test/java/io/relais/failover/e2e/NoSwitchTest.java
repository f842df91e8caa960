package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.testbed.dns.FakeNameServer;
import io.relais.testbed.web.FakeServer;
import io.relais.testbed.web.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/**
 * What must not lead to a switch: the daemon goes on for more rounds than it needs for one, and the
 * zone is as it was. Where the hindrance can be taken away, it switches then: it was that.
 */
@Tag("real")
@Execution(ExecutionMode.CONCURRENT)
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class NoSwitchTest {
  /** Twice as many as a switch needs. */
  private static final int ENOUGH = 8;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void keepsProductionWhileTheBackupIsOffline(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      bed.config();
      try (Watching watching = Watching.start(bed)) {
        bed.production.close();
        for (FakeServer canary : bed.canaries) {
          canary.close();
        }
        bed.closeAddressServices();

        watching.awaitPhase("blind", "our own line");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void keepsProductionWhileTooFewCanariesAnswer(int silent) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      bed.config();
      try (Watching watching = Watching.start(bed)) {
        for (FakeServer canary : bed.canaries.subList(0, silent)) {
          canary.close();
        }
        bed.production.answers(500, "Oops");

        watching.awaitPhase("blind", "canaries");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsProductionWhileTheResolverLies(boolean serversConfigured) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH);
        FakeNameServer liar = liar()) {
      bed.config(amongNames(bed, serversConfigured), "");
      try (Watching watching = Watching.of(bed, startAt(bed, liar))) {
        watching.awaitRounds(ENOUGH);

        watching.awaitPhase("up");
        watching.requireUntouched();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isBlindWhileTheResolverLiesAndProductionFails(boolean serversConfigured) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH);
        FakeNameServer liar = liar()) {
      bed.config(amongNames(bed, serversConfigured), "");
      try (Watching watching = Watching.of(bed, startAt(bed, liar))) {
        bed.production.answers(500, "Oops");

        watching.awaitPhase("blind", "canaries");
        watching.awaitRounds(ENOUGH);
        assertThat(liar.asked()).anyMatch(asked -> asked.contains("canary1.example.net"));
        watching.requireUntouched();
      }
    }
  }

  /** What can be wrong with the backup's own site. */
  enum Fault {
    REFUSES,
    FAILS,
    OTHER_TEXT,
    HANGS,
    OTHER_NAME,
    OTHER_AUTHORITY,
    EXPIRED;

    void befall(WebSite site, TestCertificates certificates) {
      Duration days = Duration.ofDays(60);
      switch (this) {
        case REFUSES -> site.refuses();
        case FAILS -> site.answers(500, "Oops");
        case OTHER_TEXT -> site.answers(200, "<h1>It works!</h1>");
        case HANGS -> site.hangs();
        case OTHER_NAME -> site.certificate(certificates.valid(days, "other.example.org"));
        case OTHER_AUTHORITY ->
            site.certificate(new TestCertificates().valid(days, FailoverBed.NAME));
        case EXPIRED ->
            site.certificate(certificates.expired(Duration.ofHours(1), FailoverBed.NAME));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void keepsProductionWhileTheBackupDoesNotServe(Fault fault) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      bed.config();
      try (Watching watching = Watching.start(bed)) {
        fault.befall(bed.backup, bed.certificates);
        bed.production.refuses();

        watching.awaitPhase("down", "the backup does not serve the site");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
        bed.backup.up();
        watching.awaitRecords(FailoverBed.atBackup());
      }
    }
  }

  @Test
  void keepsProductionWhileTheCopyIsStale() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.RFC2136)) {
      bed.config(Map.of(), heartbeat(bed, false));
      beat(bed, 1, Instant.now().minus(Duration.ofHours(2)));
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");

        watching.awaitPhase("down", "may lack what changed in the last");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
        beat(bed, 2, Instant.now());
        watching.awaitRecords(FailoverBed.atBackup());
      }
    }
  }

  @Test
  void keepsProductionWhileARequiredHeartbeatIsAbsent() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      bed.config(Map.of(), heartbeat(bed, true));
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");

        watching.awaitPhase("down", "no heartbeat of the mirror site");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
      }
    }
  }

  static Stream<List<String>> lies() {
    return Stream.of(
        List.of("<html>Please log in</html>", "<html>Please log in</html>"),
        List.of("192.168.1.5", "192.168.1.5"),
        List.of("100.64.0.9", "100.64.0.9"),
        List.of("127.0.0.3", "127.0.0.3"),
        List.of(FailoverBed.BACKUP, "93.184.215.21"),
        List.of(FailoverBed.BACKUP, "500 Internal Server Error"));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void keepsProductionWhileTheAddressServicesLie(List<String> said) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH);
        FakeServer one = saying(said.get(0));
        FakeServer other = saying(said.get(1))) {
      bed.config(
          Map.of(
              "backup.address",
              "[{ http = \"http://127.0.0.1:%d/\" }, { http = \"http://127.0.0.1:%d/\" }]"
                  .formatted(one.port(), other.port())),
          "");
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");

        watching.awaitPhase("down", "the backup's public address is not known");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
      }
    }
  }

  @Test
  void keepsProductionThatFailsNowAndThen() throws Exception {
    long seed = RandomGenerator.getDefault().nextLong();
    System.out.println("keepsProductionThatFailsNowAndThen: seed " + seed);
    Random random = new Random(seed);
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      bed.config(fast(bed), "");
      try (Watching watching = Watching.start(bed)) {
        AtomicInteger failed = new AtomicInteger();
        bed.production.behaves(
            () -> {
              boolean ill = random.nextInt(5) == 0;
              failed.addAndGet(ill ? 1 : 0);
              return ill ? bed.production.ill() : bed.production.well();
            });
        int before = bed.production.asked();

        await().atMost(Duration.ofMinutes(5)).until(() -> bed.production.asked() - before >= 300);
        assertThat(failed.get()).isGreaterThan(20);
        watching.requireUntouched();
      }
    }
  }

  @Test
  void haltsAndTellsWhenAPersonChangedTheRecord() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.RFC2136)) {
      bed.config();
      try (Watching watching = Watching.start(bed)) {
        bed.dns.put(FailoverBed.NAME, "A", 300, List.of("198.51.100.99"));
        watching.remember();
        bed.production.answers(500, "Oops");

        watching.awaitPhase("halted", "198.51.100.99");
        watching.awaitTold("halted");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
      }
    }
  }

  @Test
  void keepsProductionWhileAnotherVantageSeesItUp() throws Exception {
    AtomicInteger status = new AtomicInteger(200);
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH);
        FakeServer vantage =
            FakeServer.start(FakeServer.answering(_ -> FakeServer.reply(status.get(), "")))) {
      bed.config(
          Map.of(),
          """
          [[vantage]]
          name = "elsewhere"
          url = "http://127.0.0.1:%d/"
          """
              .formatted(vantage.port()));
      try (Watching watching = Watching.start(bed)) {
        bed.production.hangs();

        watching.awaitPhase("down", "elsewhere sees production up");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
        status.set(503);
        watching.awaitRecords(FailoverBed.atBackup());
      }
    }
  }

  @Test
  void keepsProductionWhileTheBackupCannotBeReachedFromOutside() throws Exception {
    AtomicInteger status = new AtomicInteger(503);
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH);
        FakeServer vantage =
            FakeServer.start(FakeServer.answering(_ -> FakeServer.reply(status.get(), "")))) {
      bed.config(
          Map.of(
              "backup.vantage",
              "[{ name = \"elsewhere\", url = \"http://127.0.0.1:%d/\" }]"
                  .formatted(vantage.port())),
          "");
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");

        watching.awaitPhase("down", "can't be reached from outside");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
        status.set(200);
        watching.awaitRecords(FailoverBed.atBackup());
      }
    }
  }

  @Test
  void keepsProductionWhileItsHeartbeatsArrive() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      bed.config(Map.of(), heartbeat(bed, false));
      beat(bed, 1, Instant.now());
      try (Watching watching = Watching.start(bed);
          Beating _ = new Beating(bed)) {
        bed.production.goesSilent();

        watching.awaitPhase("down", "its heartbeats arrive");
        watching.awaitRounds(ENOUGH);
        watching.requireUntouched();
      }
    }
  }

  /** A rhythm at which a long time is short; the failure window is as many rounds as by default. */
  private static Map<String, String> fast(FailoverBed bed) {
    return Map.of(
        "watcher.interval", "\"300ms\"",
        "decision.failure_window", "\"8s\"",
        "site.probe",
            "[{ url = \"https://%s:%d/\", contains = [\"Welcome\"], ca_file = \"%s\", timeout ="
                    .formatted(
                        FailoverBed.NAME, bed.production.port(), bed.folder.resolve("ca.pem"))
                + " \"290ms\" }]");
  }

  private static FakeServer saying(String text) throws IOException {
    return FakeServer.start(FakeServer.answering(_ -> FakeServer.reply(200, text)));
  }

  /** Canaries by name; the liar leads all names to where nobody is. */
  private static Map<String, String> amongNames(FailoverBed bed, boolean serversConfigured) {
    String canaries =
        "[{ url = \"http://canary1.example.net:%d/\" }, { url = \"http://canary2.example.net:%d/\" }]"
            .formatted(bed.canaries.get(0).port(), bed.canaries.get(1).port());
    return serversConfigured
        ? Map.of("canary", canaries)
        : Map.of("canary", canaries, "dns.servers", "");
  }

  private static Program startAt(FailoverBed bed, FakeNameServer liar) throws IOException {
    return bed.startResolvingAt(liar.socketAddress().getAddress(), "run");
  }

  /** Resolvers are asked at port 53 and nowhere else, so the address is what has to be free. */
  private static FakeNameServer liar() throws IOException {
    RandomGenerator random = RandomGenerator.getDefault();
    byte[] address = {127, 66, (byte) random.nextInt(256), (byte) (1 + random.nextInt(254))};
    InetAddress liar = InetAddress.getByAddress(address);
    return FakeNameServer.startAt(liar, 53, (query, _) -> lie(query, liar));
  }

  /** It says that it is the zone's name server itself, and that every name is elsewhere. */
  private static Optional<Message> lie(Message query, InetAddress liar) throws IOException {
    Message reply = FakeNameServer.replyTo(query);
    String name = query.getQuestion().getName().toString(true);
    reply.getHeader().setFlag(org.xbill.DNS.Flags.AA);
    switch (query.getQuestion().getType()) {
      case Type.A ->
          FakeNameServer.add(
              reply,
              "%s 60 A %s"
                  .formatted(name, name.startsWith("ns.") ? liar.getHostAddress() : "127.66.0.0"));
      case Type.NS -> FakeNameServer.add(reply, name + " 60 NS ns.evil.example");
      default -> {}
    }
    return Optional.of(reply);
  }

  private static String heartbeat(FailoverBed bed, boolean required) {
    return """
    [[heartbeat.mirror]]
    file = "%s"
    name = "site"
    max_age = "1h"
    required = %s
    """
        .formatted(heartbeatFile(bed), required);
  }

  private static Path heartbeatFile(FailoverBed bed) {
    return bed.folder.resolve(Heartbeat.fileName("data"));
  }

  private static void beat(FailoverBed bed, long sequence, Instant inSync) throws IOException {
    Path draft = bed.folder.resolve("heartbeat.draft");
    Files.write(
        draft,
        HeartbeatFile.toBytes(
            new Heartbeat(
                "site",
                sequence,
                Instant.now(),
                Optional.of(inSync),
                Optional.empty(),
                0,
                Optional.empty())));
    Files.move(draft, heartbeatFile(bed), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The agent at production, which goes on: one heartbeat for each round that is seen. */
  private static final class Beating implements AutoCloseable {
    private final Thread thread;

    Beating(FailoverBed bed) {
      thread = Thread.ofPlatform().daemon().start(() -> beatOn(bed));
    }

    private static void beatOn(FailoverBed bed) {
      try {
        for (long sequence = 2; ; sequence++) {
          beat(bed, sequence, Instant.now());
          Thread.sleep(500);
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException _) {
        // The test is over.
      }
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }
}
