package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.scan.ScanScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random moves and edits between two rounds, some of them killed at a random step. A seed that
 * fails is printed; {@code -Drelais.seed=N} begins with it.
 */
final class MovePropertiesTest {
  private static final int RUNS = Integer.getInteger("relais.runs", 40);
  private static final String KEPT = "kept";
  private static final List<String> NAMES = List.of("a", "b", "c", "d");

  @TempDir Path directory;

  @Test
  void endsEqualAndNeverShowsWhatTheSourceNeverHad() throws Exception {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("MovePropertiesTest: relais.seed=" + first);
    long moved = 0;
    for (long seed = first; seed < first + RUNS; seed++) {
      try {
        moved += new Life(Files.createDirectory(directory.resolve("" + seed)), seed).live();
      } catch (AssertionError | RuntimeException | IOException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    assertThat(moved).as("moves").isPositive();
  }

  private static final class Life {
    private final Random random;
    private final MoveRig rig;

    /** What each path of the source ever had. */
    private final Map<String, Set<String>> had = new HashMap<>(Map.of(KEPT, Set.of(KEPT)));

    /**
     * Whether it is killed now and then. Only where it is not are files rewritten that only an
     * index can tell apart: what of it is lost in a kill is compared by size and seconds.
     */
    private final boolean mortal;

    /** The directories that are read-only between the changes. */
    private final Set<Path> locked = new HashSet<>();

    private int writes;

    Life(Path directory, long seed) throws IOException {
      this.random = new Random(seed);
      this.mortal = random.nextBoolean();
      this.rig = new MoveRig(directory, true, false, Exclusion.NONE);
      this.rig.clock = InstantSource.system();
    }

    long live() throws IOException {
      // An emptied source would stop the mirror, as it should.
      Files.writeString(rig.source.resolve(KEPT), "kept");
      for (int i = 0; i < 25; i++) {
        step();
      }
      rig.syncAll();
      rig.assertEqual();
      rig.afterChange = this::check;
      for (int round = 0; round < 3; round++) {
        unlock();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
          step();
        }
        lock();
        if (mortal && random.nextBoolean()) {
          kill();
          rig.syncAll();
        } else if (random.nextBoolean()) {
          rig.syncHinted();
        } else {
          rig.syncAll();
        }
        rig.assertEqual();
      }
      unlock();
      return rig.count(Operation.MOVE);
    }

    /** As a deploy does that leaves its directories read-only. */
    private void lock() throws IOException {
      for (Path path : all()) {
        if (Files.isDirectory(path) && (locked.contains(path) || random.nextInt(3) == 0)) {
          Files.setAttribute(path, "unix:mode", 0555);
          locked.add(path);
        }
      }
    }

    private void unlock() throws IOException {
      for (Path path : all()) {
        if (locked.contains(path)) {
          Files.setAttribute(path, "unix:mode", 0755);
        }
      }
      locked.removeIf(_ -> random.nextInt(4) == 0);
    }

    private void kill() throws IOException {
      try {
        rig.sync(random.nextBoolean() ? rig.hinted() : ScanScope.EVERYTHING, random.nextInt(9));
      } catch (TargetUnavailableException | IllegalStateException e) {
        assertThat(e).hasMessage("killed");
      }
      if (random.nextBoolean()) {
        unlock();
        step();
        lock();
      }
    }

    private void check() {
      rig.disk
          .contents()
          .forEach(
              (path, content) -> {
                if (Stream.of(path.latin1().split("/")).noneMatch(TemporaryNames::isTemporary)) {
                  assertThat(had.getOrDefault(path.latin1(), Set.of()))
                      .as("%s", path)
                      .contains(new String(content, UTF_8));
                }
              });
    }

    private void step() throws IOException {
      List<Path> all = all();
      List<Path> files = all.stream().filter(Files::isRegularFile).toList();
      List<Path> directories = all.stream().filter(Files::isDirectory).toList();
      switch (random.nextInt(13)) {
        case 0, 1 -> write(fresh(directories));
        case 2 -> {
          Path at = fresh(directories);
          if (!Files.exists(at)) {
            Files.createDirectory(at);
          }
        }
        case 3 -> {
          if (!files.isEmpty()) {
            write(pick(files));
          }
        }
        case 4 -> {
          if (!files.isEmpty() && !mortal) {
            rewriteUnseen(pick(files));
          }
        }
        case 5 -> {
          if (!all.isEmpty()) {
            delete(pick(all));
          }
        }
        case 6 -> {
          if (!files.isEmpty()) {
            Files.setAttribute(pick(files), "unix:mode", random.nextBoolean() ? 0600 : 0644);
          }
        }
        case 7, 8, 9 -> {
          if (!files.isEmpty()) {
            Path to = random.nextBoolean() ? pick(files) : fresh(directories);
            move(pick(files), to);
          }
        }
        default -> {
          if (!directories.isEmpty()) {
            Path to = random.nextInt(3) == 0 ? pick(directories) : fresh(directories);
            move(pick(directories), to);
          }
        }
      }
      note();
    }

    private List<Path> all() throws IOException {
      try (Stream<Path> found = Files.walk(rig.source)) {
        return found
            .skip(1)
            .filter(path -> !path.endsWith(KEPT))
            .sorted()
            .collect(Collectors.toCollection(ArrayList::new));
      }
    }

    private <T> T pick(List<T> from) {
      return from.get(random.nextInt(from.size()));
    }

    private Path fresh(List<Path> directories) {
      Path in = directories.isEmpty() || random.nextInt(3) == 0 ? rig.source : pick(directories);
      return in.resolve(pick(NAMES));
    }

    private void write(Path file) throws IOException {
      if (!Files.isDirectory(file)) {
        Files.writeString(file, "content " + writes++ % 10 + " ".repeat(random.nextInt(3)));
        Files.setLastModifiedTime(file, FileTime.from(1_000_000_000L + writes, TimeUnit.SECONDS));
      }
    }

    /** The size and the time stay: only the time of the inode's change tells. */
    private void rewriteUnseen(Path file) throws IOException {
      FileTime time = Files.getLastModifiedTime(file);
      int size = (int) Files.size(file);
      String content = ("other " + writes++ + " ".repeat(20)).substring(0, size);
      Files.writeString(file, content);
      Files.setLastModifiedTime(file, time);
    }

    /** As rename(2) does, where it does. */
    private void move(Path from, Path to) throws IOException {
      boolean directory = Files.isDirectory(from);
      if (to.startsWith(from)
          || from.startsWith(to)
          || (Files.exists(to, LinkOption.NOFOLLOW_LINKS)
              && (Files.isDirectory(to) != directory || (directory && !isEmpty(to))))) {
        swap(from, to);
        return;
      }
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void swap(Path one, Path other) throws IOException {
      if (!one.startsWith(other) && !other.startsWith(one)) {
        Path aside = rig.source.resolve("aside");
        Files.move(one, aside);
        Files.move(other, one);
        Files.move(aside, other);
      }
    }

    private static boolean isEmpty(Path directory) throws IOException {
      try (Stream<Path> children = Files.list(directory)) {
        return children.findAny().isEmpty();
      }
    }

    private void delete(Path path) throws IOException {
      if (Files.isDirectory(path)) {
        try (Stream<Path> children = Files.list(path)) {
          for (Path child : children.toList()) {
            delete(child);
          }
        }
      }
      Files.delete(path);
    }

    private void note() throws IOException {
      for (Path path : all()) {
        if (Files.isRegularFile(path)) {
          String name = rig.source.relativize(path).toString();
          had.computeIfAbsent(name, _ -> new HashSet<>()).add(Files.readString(path));
        }
      }
    }
  }
}
