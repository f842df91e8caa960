package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.status.PathProblems;
import io.relais.sync.transfer.TransferProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories of a source, with a clock of their own, restarts and words of a person; after
 * each round the guard is compared with a plain reading of "of what stood at the backup five
 * minutes ago, how much is left". A seed that fails is printed; {@code -Drelais.seed=N} begins with
 * it, {@code -Drelais.runs=N} says how many.
 */
final class GuardModelTest {
  private static final int RUNS = Integer.getInteger("relais.runs", 25);
  private static final int ROUNDS = 40;
  private static final int ENTRIES = 8;
  private static final double SHARE = 0.5;
  private static final Duration WINDOW = Duration.ofMinutes(5);
  private static final String FOLDER = "folder";
  private static final List<String> DIRECTORIES = List.of("a", "b", "c", "d");

  @TempDir Path directory;

  @Test
  void haltsExactlyWhenTooMuchOfWhatStoodIsGoneAndDeletesNothingWhileHalted() throws Exception {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("GuardModelTest: relais.seed=" + first);
    Counts counts = new Counts();
    for (long seed = first; seed < first + RUNS; seed++) {
      try {
        new Life(Files.createDirectory(directory.resolve("" + seed)), seed, counts).live();
      } catch (AssertionError | RuntimeException | IOException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    System.out.println("GuardModelTest: " + counts);
    assertThat(counts.halts).as("halts").isPositive();
    assertThat(counts.ended).as("halts that ended by themselves").isPositive();
    assertThat(counts.agreed).as("halts that were let pass").isPositive();
  }

  /** What the histories have come through. */
  private static final class Counts {
    long halts;
    long ended;
    long agreed;

    @Override
    public String toString() {
      return "%d halts, %d ended by themselves, %d let pass".formatted(halts, ended, agreed);
    }
  }

  /** The plain reading: what is at the backup since when, what went when, and what is held. */
  private static final class Reference {
    final Map<String, Instant> since = new HashMap<>();
    final Map<String, Instant> gone = new HashMap<>();
    private Instant frozen = Instant.MAX;
    boolean halted;

    Instant window(Instant now) {
      return halted ? frozen : now.minus(WINDOW);
    }

    boolean hasStood(String path, Instant window) {
      return !requireNonNull(since.get(path)).isAfter(window);
    }

    long goneOfLate(Instant window) {
      return gone.values().stream().filter(at -> at.isAfter(window)).count();
    }

    /** Whether these deletes are too many. */
    boolean isTooMuch(Set<String> deletes, Set<String> created, Instant now) {
      Instant window = window(now);
      Set<String> standsAgain = standsAgain(created, window);
      long before =
          gone.entrySet().stream()
              .filter(
                  each -> each.getValue().isAfter(window) && !standsAgain.contains(each.getKey()))
              .count();
      long lost = before + lost(deletes, created, now).size();
      long stood =
          DIRECTORIES.size()
              + goneOfLate(window)
              + since.keySet().stream().filter(path -> hasStood(path, window)).count();
      return lost > before && lost >= ENTRIES && lost > SHARE * stood;
    }

    String numbers(Set<String> deletes, Instant now) {
      Instant window = window(now);
      Set<String> young = new TreeSet<>(since.keySet());
      young.removeIf(path -> hasStood(path, window));
      return "lost %s, gone %s, young %s of %d"
          .formatted(lost(deletes, Set.of(), now), goneOfLate(window), young, since.size());
    }

    /** Which of these would be lost. */
    Set<String> lost(Set<String> deletes, Set<String> created, Instant now) {
      Set<String> lost = new TreeSet<>(deletes);
      lost.removeIf(path -> !hasStood(path, window(now)));
      lost.removeAll(standsAgain(created, window(now)));
      return lost;
    }

    private Set<String> standsAgain(Set<String> created, Instant window) {
      Set<String> all = new HashSet<>(created);
      for (String path : created) {
        String aside = movedTo(path, window);
        if (aside != null) {
          all.add(aside);
        }
      }
      return all;
    }

    void halt(Instant now) {
      if (!halted) {
        frozen = window(now);
      }
      halted = true;
    }

    void delete(Set<String> paths, Instant now, Instant window, boolean counts) {
      for (String path : paths) {
        if (hasStood(path, window)) {
          gone.put(path, counts ? now : Instant.MIN);
          back.put(path, now);
        }
        since.remove(path);
      }
    }

    /** When what had stood was deleted, whether or not that counts: it may come back. */
    private final Map<String, Instant> back = new HashMap<>();

    void create(String path, Instant now, Instant window) {
      String aside = movedTo(path, window);
      boolean isBack = isBack(path, window);
      if (!isBack && aside != null && isBack(aside, window)) {
        isBack = true;
      } else if (!isBack && aside != null && since.containsKey(aside) && hasStood(aside, window)) {
        since.put(aside, now);
        isBack = true;
      }
      since.put(path, isBack ? Instant.MIN : now);
    }

    private boolean isBack(String path, Instant window) {
      Instant deleted = back.get(path);
      boolean isBack = deleted != null && deleted.isAfter(window);
      if (isBack) {
        back.remove(path);
        gone.remove(path);
      }
      return isBack;
    }

    @Nullable String movedTo(String path, Instant window) {
      Map.Entry<String, Instant> found = moved.get(path);
      return found == null || !found.getValue().isAfter(window) ? null : found.getKey();
    }

    void move(String from, String to, Instant now, Instant window) {
      if (hasStood(from, window)) {
        moved.replaceAll(
            (_, each) -> each.getKey().equals(from) ? Map.entry(to, each.getValue()) : each);
        moved.put(from, Map.entry(to, now));
      }
      since.put(to, requireNonNull(since.remove(from)));
      if (isBack(to, window)) {
        since.put(to, Instant.MIN);
      }
    }

    /** Where what had stood at a path is now, and since when. */
    private final Map<String, Map.Entry<String, Instant>> moved = new HashMap<>();
  }

  private static final class Life {
    private final Path source;
    private final Path state;
    private final Random random;
    private final Counts counts;
    private final InMemoryDisk disk = new InMemoryDisk();
    private final MirrorIndex index = new InMemoryIndex();
    private final TemporaryNameGenerator names = new TemporaryNameGenerator("model");
    private final MirrorSettings settings;
    private final Reference reference = new Reference();
    private final Set<String> touched = new HashSet<>();
    private final Set<RelPath> hints = new HashSet<>();
    private final Map<String, String> moves = new HashMap<>();
    private Instant now = Instant.now().plus(Duration.ofHours(1));
    private DeleteGuardMonitor deleteGuardMonitor;
    private int written;

    /** What the last objection was about. */
    private Set<String> shown = NOTHING;

    /** The same when a person last gave his word. */
    private Set<String> agreedUpon = NOTHING;

    private static final Set<String> NOTHING = Set.of();

    Life(Path directory, long seed, Counts counts) throws IOException {
      this.source = Files.createDirectory(directory.resolve("source"));
      this.state = Files.createDirectory(directory.resolve("state"));
      this.random = new Random(seed);
      this.counts = counts;
      this.settings = new PlainSettings(source, state).guard(SHARE, ENTRIES).get();
      this.deleteGuardMonitor = restart();
    }

    private DeleteGuardMonitor restart() {
      return new DeleteGuardMonitor(settings, index);
    }

    void live() throws IOException {
      for (String name : DIRECTORIES) {
        Files.createDirectory(source.resolve(name));
        for (int i = 0; i < 6; i++) {
          write(name + "/first" + i);
        }
      }
      round(true);
      atSource().forEach(path -> reference.since.put(path, Instant.MIN));
      assertThat(atTarget()).isEqualTo(atSource());
      for (int i = 0; i < ROUNDS; i++) {
        now = now.plusSeconds(random.nextInt(5) == 0 ? random.nextInt(400) : random.nextInt(20));
        touched.clear();
        for (int n = random.nextInt(6); n >= 0; n--) {
          change();
        }
        boolean restarted = random.nextInt(10) == 0;
        if (restarted) {
          deleteGuardMonitor = restart();
          // Without what was seen before, a word counts for the very same alone.
          new ResumeToken(state).clear();
          agreedUpon = NOTHING;
        }
        judge(restarted || random.nextInt(4) == 0 || moves.size() > 0);
      }
    }

    private void change() throws IOException {
      List<String> files = new ArrayList<>(atSource());
      files.removeAll(touched);
      switch (random.nextInt(14)) {
        case 0, 1 -> write(free("f" + random.nextInt(40)));
        case 2, 3 -> write(free(FOLDER + random.nextInt(20)));
        case 4, 5, 6 -> write(free("first" + random.nextInt(6)));
        case 7, 8, 9, 10 -> {
          if (!files.isEmpty()) {
            delete(files.get(random.nextInt(files.size())));
          }
        }
        case 11 -> {
          String name = DIRECTORIES.get(random.nextInt(DIRECTORIES.size()));
          for (String file : files) {
            if (file.startsWith(name + "/")) {
              delete(file);
            }
          }
        }
        case 12 -> {
          for (String name : DIRECTORIES) {
            for (int i = 0; i < 6; i++) {
              write(name + "/first" + i);
            }
          }
        }
        default -> {
          String to = free("moved" + random.nextInt(40));
          // Where only the backup has something still, it would take the place of that.
          boolean isFree = !Files.exists(source.resolve(to)) && !atTarget().contains(to);
          files.removeIf(path -> path.contains(FOLDER));
          if (!files.isEmpty() && isFree && touched.add(to)) {
            String from = files.get(random.nextInt(files.size()));
            touched.add(from);
            Files.move(source.resolve(from), source.resolve(to));
            hint(from);
            hint(to);
            moves.put(from, to);
          }
        }
      }
    }

    private String free(String name) {
      return DIRECTORIES.get(random.nextInt(DIRECTORIES.size())) + "/" + name;
    }

    private void write(String file) throws IOException {
      if (touched.add(file) && !Files.exists(source.resolve(file))) {
        if (file.contains(FOLDER)) {
          Files.createDirectory(source.resolve(file));
        } else {
          Files.writeString(source.resolve(file), "content " + written++);
        }
        hint(file);
      }
    }

    private void delete(String file) throws IOException {
      if (touched.add(file)) {
        Files.delete(source.resolve(file));
        hint(file);
      }
    }

    private void hint(String file) {
      hints.add(RelPath.of(file.getBytes(UTF_8)));
    }

    private Set<String> atSource() throws IOException {
      TreeSet<String> found = new TreeSet<>();
      for (String name : DIRECTORIES) {
        try (var files = Files.list(source.resolve(name))) {
          files.forEach(file -> found.add(source.relativize(file).toString()));
        }
      }
      return found;
    }

    private Set<String> atTarget() {
      TreeSet<String> found = new TreeSet<>();
      disk.snapshot()
          .forEach(
              (path, entry) -> {
                if (entry.kind() == EntryKind.FILE || path.latin1().contains(FOLDER)) {
                  found.add(path.latin1());
                }
              });
      return found;
    }

    /** One round, and whether it did what the reference says. */
    private void judge(boolean whole) throws IOException {
      boolean everything = whole || deleteGuardMonitor.mayResume();
      Set<String> hinted = new HashSet<>();
      hints.forEach(path -> hinted.add(path.latin1()));
      Set<String> before = atTarget();
      Set<String> wanted = atSource();
      moves.forEach(
          (from, to) -> {
            if (before.contains(from) && !before.contains(to)) {
              before.remove(from);
              before.add(to);
              reference.move(from, to, now, reference.window(now));
            }
          });
      moves.clear();
      Set<String> deletes = new TreeSet<>(before);
      deletes.removeAll(wanted);
      if (!everything) {
        deletes.retainAll(hinted);
      }
      Set<String> created = new TreeSet<>(wanted);
      created.removeAll(before);
      boolean wasHalted = reference.halted;
      Instant window = reference.window(now);
      boolean tooMuch = reference.isTooMuch(deletes, created, now);
      Set<String> lost = reference.lost(deletes, created, now);
      boolean agreed =
          everything && tooMuch && !agreedUpon.isEmpty() && agreedUpon.containsAll(lost);
      boolean held = agreed ? false : tooMuch || (wasHalted && !everything);

      String numbers =
          reference.numbers(deletes, now)
              + " "
              + index.arrived(reference.window(now), now)
              + " "
              + index.countDeleted(reference.window(now))
              + " of "
              + index.count();

      round(everything);

      counts.halts += held && !wasHalted ? 1 : 0;
      counts.ended += wasHalted && !held && !agreed ? 1 : 0;
      counts.agreed += agreed ? 1 : 0;
      Set<String> expected = new TreeSet<>(before);
      for (String path : wanted) {
        if (expected.add(path)) {
          reference.create(path, now, window);
        }
      }
      if (everything) {
        agreedUpon = NOTHING;
      }
      if (held && (everything || !wasHalted)) {
        shown = lost;
      }
      if (held) {
        reference.halt(now);
      } else {
        if (agreed) {
          reference.gone.clear();
        }
        reference.halted = false;
        expected.removeAll(deletes);
        reference.delete(deletes, now, window, !agreed);
      }
      assertThat(deleteGuardMonitor.isHalted())
          .as("whole: %s, was: %s, deletes: %s, %s", everything, wasHalted, deletes, numbers)
          .isEqualTo(held);
      assertThat(deleteGuardMonitor.holdsDeletes()).as("holds deletes").isEqualTo(held);
      assertThat(atTarget()).as("held: %s, whole: %s", held, everything).isEqualTo(expected);
      if (held && random.nextInt(6) == 0) {
        agree();
      }
    }

    private void agree() throws IOException {
      GuardViolation guardViolation = deleteGuardMonitor.standing();
      if (guardViolation != null) {
        agreedUpon = shown;
        new ResumeToken(state).give(guardViolation.id());
      }
    }

    private void round(boolean whole) throws IOException {
      ScanScope scanScope =
          whole
              ? ScanScope.EVERYTHING
              : new ScanScope(ImmutableSet.copyOf(hints), ImmutableSet.of(), ImmutableSet.of());
      hints.clear();
      Cycle cycle =
          new Cycle(
              settings,
              index,
              deleteGuardMonitor,
              new PathProblems(),
              names,
              () -> now,
              () -> false,
              Set::of);
      try (SyncTarget connected = disk.link(names).open(() -> {});
          LinuxSourceTree tree = LinuxSourceTree.open(source, LinkPolicy.PRESERVE)) {
        var _ = cycle.run(scanScope, tree, connected, observer());
      }
    }

    private Cycle.Observer observer() {
      return new Cycle.Observer() {
        @Override
        public void transferring(TransferProgress transferProgress) {}

        @Override
        public void again(RelPath path) {
          hints.add(path);
        }

        @Override
        public void later(RelPath path) {}
      };
    }
  }
}
