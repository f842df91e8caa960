package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import com.google.common.collect.ImmutableList;
import io.relais.failover.wiring.World;
import io.relais.testbed.PlainWords;
import io.relais.testbed.dns.FakeNameServer;
import io.relais.testbed.provider.OvhSimulator;
import io.relais.testbed.provider.OvhSimulatorZone;
import io.relais.testbed.web.FakeServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A site, its backup, a zone at a simulated OVH, and the program in this process. */
final class Scene implements AutoCloseable {
  static final String NAME = "www.example.org";
  static final String PRODUCTION = "127.0.0.2";
  static final String BACKUP = "93.184.215.20";
  static final String HOOK_KEY = "hook-key-4711";

  final Path folder;
  final OvhSimulator ovh = OvhSimulator.start();
  final OvhSimulatorZone zone = ovh.zone("example.org");
  final FakeNameServer dns = FakeNameServer.start(FakeNameServer.silent());
  final FakeServer webhook = answering(200, "ok");
  final String consumerKey;
  private final AtomicInteger status = new AtomicInteger(200);
  private final FakeServer production;
  private final FakeServer backup;
  private final List<FakeServer> others = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();

  private Scene(Path folder) throws IOException {
    this.folder = folder;
    production =
        FakeServer.start(
            InetAddress.ofLiteral(PRODUCTION),
            0,
            FakeServer.answering(_ -> FakeServer.reply(status.get(), "Welcome")));
    backup =
        FakeServer.start(
            InetAddress.ofLiteral("127.0.0.3"),
            production.port(),
            FakeServer.answering(_ -> FakeServer.reply(200, "Welcome")));
    for (int i = 0; i < 4; i++) {
      others.add(answering(200, i < 2 ? "here" : BACKUP));
    }
    zone.deployAfter(Optional.of(Duration.ZERO));
    zone.onPublished(this::serve);
    zone.add("www", "A", PRODUCTION, 3600L);
    zone.add("drill", "A", PRODUCTION, 300L);
    zone.add("mail", "A", "198.51.100.7", null);
    zone.deployNow();
    consumerKey = ovh.grantAll().value();
    secret("ovh.conf", application() + "consumer_key=" + consumerKey + "\n");
    secret("hook.url", "http://127.0.0.1:" + webhook.port() + "/" + HOOK_KEY);
    Files.writeString(config(), text(""), UTF_8);
  }

  static Scene open(Path folder) throws IOException {
    return new Scene(folder);
  }

  private static FakeServer answering(int status, String body) throws IOException {
    return FakeServer.start(
        FakeServer.answering(
            _ ->
                FakeServer.reply(
                    status,
                    body,
                    "Date: " + RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)))));
  }

  private void serve(ImmutableList<OvhSimulatorZone.Entry> records) {
    dns.behave(
        FakeNameServer.holding(
            records.stream().map(record -> record.line("example.org")).toArray(String[]::new)));
  }

  /** An ovh.conf without a consumer key. */
  String application() {
    return "[default]\nendpoint=%s\n[%s]\napplication_key=%s\napplication_secret=%s\n"
        .formatted(
            ovh.endpoint(), ovh.endpoint(), ovh.applicationKey(), ovh.applicationSecret().value());
  }

  Path secret(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text, UTF_8);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  Path config() {
    return folder.resolve("watcher.toml");
  }

  Path state() {
    return folder.resolve("state");
  }

  /** Writes the configuration, with more at its end. */
  void more(String text) throws IOException {
    Files.writeString(config(), text(text), UTF_8);
  }

  /** Changes the configuration's text. */
  void edit(String from, String to) throws IOException {
    String text = Files.readString(config(), UTF_8);
    if (!text.contains(from)) {
      throw new IllegalArgumentException("no " + from + " in " + text);
    }
    Files.writeString(config(), text.replace(from, to), UTF_8);
  }

  private String text(String more) {
    return """
        [watcher]
        state_dir = "%s"
        interval = "1s"
        [site]
        name = "%s"
        production = ["%s"]
        allow_private = true
        [[site.probe]]
        url = "http://%s:%d/"
        contains = ["Welcome"]
        timeout = "900ms"
        [canaries]
        needed = 2
        [[canary]]
        url = "http://127.0.0.1:%d/"
        [[canary]]
        url = "http://127.0.0.1:%d/"
        [backup]
        probe_address = "127.0.0.3"
        stable_rounds = 1
        [[backup.address]]
        http = "http://127.0.0.1:%d/"
        [[backup.address]]
        http = "http://127.0.0.1:%d/"
        [dns]
        provider = "ovh"
        zones = ["example.org"]
        servers = ["%s"]
        verify_timeout = "2s"
        publish_again_after = "2s"
        interval = "1s"
        [dns.ovh]
        credentials = "%s"
        [[notify.webhook]]
        name = "recorder"
        url_file = "%s"
        format = "template"
        template = '{"kind": ${kind}, "title": ${title}}'
        """
            .formatted(
                state(),
                NAME,
                PRODUCTION,
                NAME,
                production.port(),
                others.get(0).port(),
                others.get(1).port(),
                others.get(2).port(),
                others.get(3).port(),
                dns.address(),
                folder.resolve("ovh.conf"),
                folder.resolve("hook.url"))
        + more;
  }

  /** The site's page. */
  String url() {
    return "http://%s:%d/".formatted(NAME, production.port());
  }

  /** What production answers from now on. */
  void productionAnswers(int code) {
    status.set(code);
  }

  /** The site's records, as OVH holds them. */
  List<String> records() {
    return zone.stored().stream()
        .map(record -> record.line("example.org"))
        .filter(line -> !line.startsWith("mail"))
        .toList();
  }

  void environment(String name, String value) {
    environment.put(name, value);
  }

  /** What a run left behind. */
  record Said(int code, String out, String err) {
    Said {
      PlainWords.assertSpokenIn(out);
      PlainWords.assertSpokenIn(err);
    }

    String all() {
      return out + err;
    }
  }

  Said run(String... arguments) {
    return answering("", arguments);
  }

  /** Runs it, with this on its standard input. */
  Said answering(String input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = run(input, out, err, arguments);
    return new Said(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  /** Runs it, with streams that can be looked at meanwhile. */
  int run(String input, ByteArrayOutputStream out, ByteArrayOutputStream err, String... arguments) {
    List<String> all = new ArrayList<>(List.of("-c", config().toString()));
    all.addAll(List.of(arguments));
    return Main.run(
        new World(
            environment,
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            InstantSource.system(),
            folder,
            folder),
        all.toArray(String[]::new));
  }

  @Override
  public void close() throws IOException {
    ovh.close();
    dns.close();
    production.close();
    backup.close();
    webhook.close();
    for (FakeServer server : others) {
      server.close();
    }
  }
}
