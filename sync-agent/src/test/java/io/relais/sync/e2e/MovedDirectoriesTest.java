package io.relais.sync.e2e;

import io.relais.sync.plan.Exchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Directories that change places lose nothing of what is written into them afterwards: without the
 * hourly scan, and over one connection, whose end would have everything compared.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class MovedDirectoriesTest {
  private static final Duration LIMIT = Duration.ofSeconds(Long.getLong("relais.limit", 60));
  private static final int ROUNDS = Integer.getInteger("relais.rounds", 3);

  @TempDir Path directory;
  private Rig rig;
  private AgentProcess agent;
  private long seed;
  private Random random;
  private final List<String> done = new ArrayList<>();
  private int number;

  @BeforeEach
  void start() throws IOException {
    seed = Long.getLong("relais.seed", System.nanoTime());
    random = new Random(seed);
    rig = Rig.in(directory, "");
    for (String each : List.of("one", "two")) {
      for (int i = 0; i < 3; i++) {
        Path made = Files.createDirectories(rig.source().resolve(each + "/s" + i));
        Files.writeString(made.resolve("file"), each + i);
      }
    }
    agent = rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  @AfterEach
  void end() {
    rig.close();
  }

  @Test
  void twoDirectoriesExchangedWhileTheAgentIsStoppedAreWatchedOn() throws Exception {
    agent.suspend();
    Exchange.of(rig.source().resolve("one"), rig.source().resolve("two"));
    agent.goOn();
    rig.awaitEqual(LIMIT);

    Files.writeString(rig.source().resolve("two/s2/later"), "later");
    rig.awaitEqual(LIMIT);
  }

  /** As a script does that works on a directory aside: at the end all is where it was. */
  @Test
  void whatIsDoneInADirectoryThatIsMovedAwayAndBackArrives() throws Exception {
    agent.suspend();
    Path aside = rig.source().resolve("aside");
    Files.move(rig.source().resolve("two"), aside);
    Files.writeString(aside.resolve("s2/new"), "made meanwhile");
    Files.move(aside, rig.source().resolve("two"));
    agent.goOn();
    Files.writeString(rig.source().resolve("last"), "last");
    rig.awaitEqual(LIMIT);
  }

  @Test
  void aFileInEachDirectoryArrivesAfterRandomMoves() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      moves();
      assertEachIsWatched(round);
    }
  }

  @Test
  void aFileInEachDirectoryArrivesAfterRandomMovesWhileTheAgentIsStopped() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      agent.suspend();
      moves();
      agent.goOn();
      assertEachIsWatched(round);
    }
  }

  private void assertEachIsWatched(int round) throws IOException {
    try {
      rig.awaitEqual(LIMIT);
      for (Path each : directories()) {
        Files.writeString(each.resolve("after" + round), "content");
      }
      rig.awaitEqual(LIMIT);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("-Drelais.seed=" + seed + "\n" + String.join("\n", done), e);
    }
  }

  private List<Path> directories() throws IOException {
    try (Stream<Path> all = Files.walk(rig.source())) {
      return all.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)).toList();
    }
  }

  private void moves() throws IOException {
    done.add("round");
    for (int i = 2 + random.nextInt(7); i > 0; i--) {
      move();
    }
  }

  private void move() throws IOException {
    List<Path> all = directories();
    Path one = all.get(random.nextInt(all.size()));
    Path other = all.get(random.nextInt(all.size()));
    boolean apart = !one.startsWith(other) && !other.startsWith(one);
    Path fresh = Path.of("n" + number++);
    switch (random.nextInt(5)) {
      case 0 -> Files.createDirectories(one.resolve(fresh).resolve("in"));
      case 1 -> move(one, one.resolveSibling(fresh));
      case 2 -> move(one, other.resolve(fresh));
      case 3 -> {
        if (apart) {
          done.add("exchange " + one + " " + other);
          Exchange.of(one, other);
        }
      }
      case 4 -> {
        if (apart) {
          Path third = rig.source().resolve(fresh);
          move(one, third);
          move(other, one);
          move(third, other);
        }
      }
      default -> throw new AssertionError();
    }
  }

  private void move(Path from, Path to) throws IOException {
    if (!from.equals(rig.source()) && !to.startsWith(from)) {
      done.add("mv " + from + " " + to);
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
