package io.relais.failover.dns.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderContract;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.TestZone;
import io.relais.failover.dns.api.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A real program, which hands each request on to a zone in this process. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CommandZoneContractTest extends DnsProviderContract {
  @TempDir private static Path folder;

  private Path program;
  private volatile boolean stopped;
  private volatile Records records = new Records();

  @BeforeAll
  void serve() throws Exception {
    Path requests = pipe("requests");
    Path replies = pipe("replies");
    program = Programs.write(folder.resolve("dns-test"), "cat >" + requests + " && cat " + replies);
    Thread.ofPlatform()
        .daemon()
        .name("program's zone")
        .start(
            () -> {
              try {
                for (String text = Files.readString(requests);
                    !stopped;
                    text = Files.readString(requests)) {
                  Files.writeString(replies, records.answer(Json.parse(text)));
                }
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @AfterAll
  void stop() throws IOException {
    stopped = true;
    new FileOutputStream(folder.resolve("requests").toFile()).close();
  }

  private static Path pipe(String name) throws Exception {
    Path pipe = folder.resolve(name);
    new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    return pipe;
  }

  @Override
  protected TestZone zone() {
    Records zone = new Records();
    zone.lines.add("example.org 3600 NS ns1.example.net.");
    zone.lines.add("example.org 3600 MX 1 mail.example.org.");
    zone.lines.add("mail.example.org 3600 A 203.0.113.25");
    zone.lines.add("*.www.example.org 300 A 203.0.113.26");
    records = zone;
    DnsProvider provider =
        CommandZone.of(ImmutableList.of(program.toString()), Duration.ofSeconds(30));
    return new Served(zone, provider);
  }

  private record Served(Records zone, DnsProvider provider) implements TestZone {
    @Override
    public ImmutableSortedSet<String> served() {
      return zone.copy();
    }

    @Override
    public void put(RrSet set) {
      zone.put(set.key().name(), set.key().type().name(), set.ttl().toSeconds(), set.values());
    }

    @Override
    public void alias(String name, String target) {
      zone.put(name, "CNAME", 3600, Set.of(target + "."));
    }
  }

  /** What the program does, as its document has it. */
  private static final class Records {
    private final TreeSet<String> lines = new TreeSet<>();

    synchronized ImmutableSortedSet<String> copy() {
      return ImmutableSortedSet.copyOf(lines);
    }

    synchronized void put(String name, String type, long ttl, Iterable<String> values) {
      lines.removeIf(line -> line.matches("\\Q" + name + "\\E [0-9]+ " + type + " .*"));
      values.forEach(value -> lines.add(name + " " + ttl + " " + type + " " + value));
    }

    synchronized String answer(JsonNode request) {
      ObjectNode reply = Json.object().put("version", 1);
      if (!request.path("zone").asText().equals(ZONE)) {
        reply.putObject("error").put("kind", "permanent").put("message", "no such zone here");
        return reply.toString();
      }
      switch (request.path("request").asText()) {
        case "list" -> list(reply.putArray("records"));
        case "set" ->
            put(
                request.path("name").asText(),
                request.path("type").asText(),
                request.path("ttl").asLong(),
                request.path("values").valueStream().map(JsonNode::asText).toList());
        case "delete" ->
            put(request.path("name").asText(), request.path("type").asText(), 0, Set.of());
        case "check" ->
            reply
                .putArray("checks")
                .addObject()
                .put("name", "token")
                .put("result", "ok")
                .put("detail", "good for ever");
        default -> reply.putObject("error").put("kind", "unsupported");
      }
      return reply.toString();
    }

    /** All of the zone: more than was asked for. */
    private void list(ArrayNode list) {
      for (String line : lines) {
        var parts = Splitter.on(' ').limit(4).splitToList(line);
        list.addObject()
            .put("name", parts.get(0).toUpperCase(Locale.ROOT) + ".")
            .put("ttl", Long.parseLong(parts.get(1)))
            .put("type", parts.get(2))
            .put("value", parts.get(3));
      }
    }
  }
}
