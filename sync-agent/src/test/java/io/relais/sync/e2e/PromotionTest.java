package io.relais.sync.e2e;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.SessionGate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent and OpenSSH's servers when the backup goes live, by what a watcher does for that: what
 * is under way then, in a host that is frozen or a link that is held back, changes nothing of the
 * copy, however late it arrives. The seed is printed; {@code -Drelais.seed=N} sets it.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class PromotionTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Promotion PROMOTION =
      new Promotion(
          "20261123T040000Z-1f3a",
          1,
          Instant.parse("2026-11-23T04:00:00Z"),
          "198.51.100.7",
          "production does not answer");

  @TempDir Path directory;

  private final long seed = Long.getLong("relais.seed", new Random().nextInt(1_000_000));
  private final Random random = new Random(seed);
  private Rig rig;
  private int made;

  @BeforeEach
  void prepare() throws IOException {
    System.out.println("PromotionTest: relais.seed=" + seed);
    rig = Rig.in(directory, "");
    String text = Files.readString(rig.configuration());
    Files.writeString(
        rig.configuration(), text.replace("[agent]", "[agent]\nheartbeat = \"500ms\""));
    for (int i = 0; i < 200; i++) {
      Path file = rig.source().resolve("d" + i % 10 + "/f" + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content " + i);
    }
  }

  @AfterEach
  void end() {
    rig.bed().proxy().letGo();
    rig.close();
  }

  private Path beside(String name) {
    return rig.bed().data().resolve(name);
  }

  /** As the watcher does it. */
  private void promote() throws IOException {
    Path record = beside(PromotionFile.fileName("site"));
    Path draft = beside(".draft");
    Files.write(draft, PromotionFile.toBytes(PROMOTION));
    Files.move(draft, record);
    Files.move(
        beside(SessionGate.directoryName("site")),
        beside(SessionGate.closedName("site", PROMOTION)));
  }

  private void change(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Path one = rig.source().resolve("d" + random.nextInt(10) + "/f" + random.nextInt(200));
      Path place = rig.source().resolve("d" + random.nextInt(14));
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          Files.createDirectories(place);
          Files.write(
              place.resolve("new" + made++),
              new byte[random.nextInt(10) == 0 ? 3_000_000 : random.nextInt(9_000)]);
        }
        case 2 -> {
          if (Files.exists(one)) {
            Files.writeString(one, "edit " + made++);
          }
        }
        case 3 -> Files.deleteIfExists(one);
        case 4 -> Files.createSymbolicLink(rig.source().resolve("link" + made++), Path.of("d1/f1"));
        default -> {
          if (Files.exists(one)) {
            Files.setPosixFilePermissions(
                one,
                PosixFilePermissions.fromString(random.nextBoolean() ? "rw-r-----" : "rw-r--r--"));
          }
        }
      }
    }
  }

  /**
   * All of the copy, to the nanosecond; of temporary files only that they are there, since one that
   * is open gets what was sent to it.
   */
  private Map<String, String> copy() throws IOException {
    ImmutableList<Path> temporaries = Listing.temporaries(rig.target());
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(rig.target())) {
      for (Path each : all.toList()) {
        Map<String, Object> stat =
            Files.readAttributes(
                each, "unix:mode,uid,gid,size,lastModifiedTime,ctime", NOFOLLOW_LINKS);
        boolean isFile = Files.isRegularFile(each, NOFOLLOW_LINKS);
        found.put(
            rig.target().relativize(each).toString(),
            isFile && temporaries.contains(each)
                ? "temporary"
                : new TreeMap<>(stat)
                    + (isFile
                        ? " " + Hashing.murmur3_128().hashBytes(Files.readAllBytes(each))
                        : ""));
      }
    }
    return found;
  }

  private void assertUnchanged(String when, Map<String, String> live) throws IOException {
    Map<String, String> now = copy();
    assertThat(Maps.difference(live, now).areEqual())
        .as("%s: %s; %s", when, Maps.difference(live, now), rig.said())
        .isTrue();
  }

  private Heartbeat heartbeat() throws IOException {
    return HeartbeatFile.read(beside(Heartbeat.fileName("site")));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        if (!Files.isDirectory(each) && !Files.isRegularFile(each, NOFOLLOW_LINKS)) {
          continue; // The control socket.
        }
        Files.copy(each, to.resolve(from.relativize(each).toString()), COPY_ATTRIBUTES);
      }
    }
  }

  private void awaitHeartbeats(int more) throws IOException {
    long sofar = heartbeat().sequence();
    await().atMost(LIMIT).until(() -> heartbeat().sequence() >= sofar + more);
  }

  private void awaitSomethingUnderWay() {
    long sent = rig.bed().proxy().bytesToServer();
    await().atMost(LIMIT).until(() -> rig.bed().proxy().bytesToServer() > sent + 50_000);
  }

  @Test
  void anAgentThatWasFrozenChangesNothingOnceItGoesOn() throws Exception {
    AgentProcess agent = rig.startAgent();
    rig.awaitEqual(LIMIT);
    Path older = directory.resolve("older");
    copy(directory.resolve("state"), older);
    change(300);
    awaitSomethingUnderWay();
    agent.suspend();
    change(200);
    promote();
    Map<String, String> live = copy();
    agent.goOn();
    rig.awaitState("promoted");
    change(100);
    awaitHeartbeats(2);

    assertUnchanged("after it went on", live);
    assertThat(heartbeat().standing().orElseThrow().promotion()).contains(PROMOTION.id());
    assertThat(rig.status("site", "message"))
        .startsWith("PROMOTED: the backup went live on 2026-11-23T04:00:00Z");
    rig.killAgent();
    rig.startAgent();
    rig.awaitState("promoted");
    awaitHeartbeats(2);
    assertUnchanged("after a restart", live);

    rig.killAgent();
    MoreFiles.deleteRecursively(directory.resolve("state"), RecursiveDeleteOption.ALLOW_INSECURE);
    copy(older, directory.resolve("state"));
    rig.startAgent();
    rig.awaitState("promoted");
    awaitHeartbeats(2);
    assertUnchanged("after production was put back to what it was", live);

    Files.delete(beside(PromotionFile.fileName("site")));
    rig.awaitState("halted");
    awaitHeartbeats(2);
    assertUnchanged("since the copy is ahead", live);
    assertThat(rig.status("site", "message")).contains("the copy is ahead of this agent");
  }

  @Test
  void whatALinkHeldBackComesTooLate() throws Exception {
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    change(300);
    awaitSomethingUnderWay();
    rig.bed().proxy().hold();
    change(200);
    promote();
    Map<String, String> live = copy();
    rig.killAgent();
    rig.startAgent();
    rig.awaitState("promoted");
    rig.bed().proxy().letGo();
    change(50);
    awaitHeartbeats(3);
    assertUnchanged("after the link was let go", live);

    Files.delete(beside(PromotionFile.fileName("site")));
    rig.awaitEqual(LIMIT);
  }

  @Test
  void whatALinkHeldBackIsNotTakenForNewerThanWhatCameAfterIt() throws Exception {
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    change(300);
    awaitSomethingUnderWay();
    rig.bed().proxy().hold();
    change(100);
    rig.killAgent();
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    rig.bed().proxy().letGo();
    awaitHeartbeats(3);

    rig.awaitEqual(LIMIT);
  }

  @Test
  void aStateThatWasPutBackInPlaceHalts() throws Exception {
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    rig.stopAgent();
    Path older = directory.resolve("older");
    copy(directory.resolve("state"), older);
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    Files.writeString(rig.source().resolve("d1/f1"), "newest");
    rig.awaitEqual(LIMIT);
    awaitHeartbeats(2);
    rig.stopAgent();
    MoreFiles.deleteRecursively(directory.resolve("state"), RecursiveDeleteOption.ALLOW_INSECURE);
    copy(older, directory.resolve("state"));
    Files.writeString(rig.source().resolve("d1/f1"), "content 1");
    Map<String, String> before = copy();

    rig.startAgent();
    rig.awaitState("halted");
    awaitHeartbeats(2);
    assertUnchanged("since the copy is ahead", before);
    rig.killAgent();
    rig.startAgent();
    rig.awaitState("halted");
    assertUnchanged("after a restart", before);
  }
}
