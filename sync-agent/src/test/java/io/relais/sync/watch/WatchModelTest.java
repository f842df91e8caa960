package io.relais.sync.watch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.linux.Inotify;
import io.relais.linux.InotifyEvent;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.WatchTable.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories of a tree, with real inotify, whose events are handled at random moments: some
 * long after the disk has moved on, and the disk also changes between two looks at it. At rest the
 * table of watches is the tree, and whoever looks where the hints say knows all of it.
 *
 * <p>Set {@code relais.seed} to repeat a run, and {@code relais.watchModelSeconds} for a longer
 * one.
 */
final class WatchModelTest {
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("relais.watchModelSeconds", 5));

  @TempDir Path temporary;

  private static boolean isExcluded(RelPath path) {
    return path.name().equals(RandomMoves.EXCLUDED);
  }

  @Test
  void theTableIsTheTreeOnceAllIsHandled() throws Exception {
    run(Integer.MAX_VALUE);
  }

  @Test
  void theTableHoldsWhatItMayWhereWatchesRunOut() throws Exception {
    run(7);
  }

  private void run(int budget) throws Exception {
    long first = Long.getLong("relais.seed", System.nanoTime());
    long end = System.nanoTime() + LENGTH.toNanos();
    long seed = first;
    int histories = 0;
    do {
      Path directory = temporary.resolve("history");
      try (History history = new History(directory, budget, seed)) {
        history.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ", budget " + budget, e);
      }
      RandomMoves.deleteAll(directory);
      seed++;
      histories++;
    } while (System.nanoTime() < end);
    System.out.printf("%d histories from seed %d, budget %d%n", histories, first, budget);
  }

  /** One tree and its watches. */
  private static final class History implements AutoCloseable {
    private final Random random;
    private final int budget;
    private final Path root;
    private final RandomMoves moves;
    private final Inotify inotify = Inotify.open();
    private final WatchedTree tree;
    private final WatchTable table = new WatchTable();
    private final WatchCoverage watchCoverage;
    private final WatchReconciler reconciler;
    private final InotifyEvents events;
    private final LookingListener listener;
    private final Deque<InotifyEvent> waiting = new ArrayDeque<>();
    private boolean stirring;

    History(Path directory, int budget, long seed) throws IOException {
      this.random = new Random(seed);
      this.budget = budget;
      root = Files.createDirectories(directory.resolve("root")).toRealPath();
      Path outside = Files.createDirectories(directory.resolve("outside"));
      moves = new RandomMoves(root, outside, random);
      for (int i = 0; i < 8; i++) {
        moves.step();
      }
      tree = new WatchedTree(root, WatchModelTest::isExcluded);
      listener = new LookingListener(root, WatchModelTest::isExcluded);
      GuardedListener guardedListener = new GuardedListener(listener);
      watchCoverage = new WatchCoverage(tree, guardedListener, table);
      reconciler =
          new WatchReconciler(
              inotify, tree, table, watchCoverage, Set.of(), budget, new Reports(guardedListener));
      events =
          new InotifyEvents(
              table,
              watchCoverage,
              reconciler,
              guardedListener,
              reason -> {
                throw new AssertionError(reason);
              });
      reconciler.start();
      assertTableIsTree();
    }

    /** Between two looks at the disk something else may happen to it. */
    private final class Reports implements WatchReconciler.Reports {
      private final GuardedListener guardedListener;

      Reports(GuardedListener guardedListener) {
        this.guardedListener = guardedListener;
      }

      @Override
      public void isNew(RelPath directory) {
        guardedListener.changed(directory);
      }

      @Override
      public void leftOut(RelPath directory) {
        guardedListener.changed(directory);
      }

      @Override
      public boolean isOver() {
        if (stirring && random.nextInt(12) == 0) {
          try {
            moves.step();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
        return false;
      }
    }

    void run() throws IOException {
      try {
        int rounds = 1 + random.nextInt(4);
        for (int round = 0; round < rounds; round++) {
          round();
        }
      } catch (AssertionError e) {
        throw new AssertionError(String.join("\n", moves.done()), e);
      }
    }

    private void round() throws IOException {
      int steps = 1 + random.nextInt(12);
      int audit = random.nextInt(2 * steps);
      int patience = random.nextInt(4);
      for (int i = 0; i < steps; i++) {
        moves.step();
        if (i == audit) {
          audit(lost -> assertThat(lost).as("lost, with all in order").isEmpty());
        }
        if (random.nextInt(4) < patience) {
          stirring = random.nextBoolean();
          handleSome();
          stirring = false;
        }
        if (random.nextInt(8) == 0) {
          listener.look();
        }
      }
      handleAll();
      watchCoverage.poll();
      assertTableIsTree();
      listener.look();
      assertThat(listener.known()).as("what was looked at").isEqualTo(listener.tree());
      assertEachTells();
      if (budget == Integer.MAX_VALUE && random.nextInt(3) == 0) {
        loseSome();
      }
    }

    private void audit(Consumer<List<RelPath>> result) {
      events.add(
          new WatchAudit(
              inotify, tree, table, watchCoverage, reconciler, listener.directories(), result));
    }

    /** An audit finds and mends what no event and no walk would. */
    private void loseSome() throws IOException {
      Set<RelPath> lost = new TreeSet<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        List<Node> all = table.all().stream().filter(node -> !table.isRoot(node)).toList();
        if (all.isEmpty()) {
          break;
        }
        Node node = all.get(random.nextInt(all.size()));
        RelPath path = requireNonNull(table.path(node));
        if (random.nextBoolean()) {
          loseEntries(node, path, lost);
        } else if (lost.add(path)) {
          loseWatch(node);
        }
      }
      List<RelPath> told = new ArrayList<>();
      audit(told::addAll);
      events.settle(Instant.now(), true);
      handleAll();
      events.settle(Instant.now(), true);
      handleAll();
      assertThat(told).as("what the audit tells").isEqualTo(List.copyOf(lost));
      assertTableIsTree();
      assertThat(listener.everHinted()).as("what is compared").containsAll(lost);
      listener.look();
    }

    /** The kernel still tells, and nobody knows of what. */
    private void loseEntries(Node node, RelPath path, Set<RelPath> lost) {
      listener.directories().stream()
          .filter(each -> each.startsWith(path) && table.contains(each))
          .forEach(lost::add);
      table.removeAll(node);
    }

    /** The kernel tells no more, and nobody has noticed. */
    private void loseWatch(Node node) throws IOException {
      read();
      inotify.remove(node.watch());
      read();
      waiting.removeIf(event -> event.is(Inotify.IN_IGNORED) && event.watch() == node.watch());
    }

    private void handleSome() throws IOException {
      read();
      for (int i = random.nextInt(waiting.size() + 1); i > 0; i--) {
        events.handle(waiting.remove());
        if (random.nextInt(10) == 0) {
          events.settle(soon(), waiting.isEmpty());
        }
      }
      events.settle(soon(), waiting.isEmpty());
    }

    /** Some time later, or at once. */
    private Instant soon() {
      return Instant.now().plusMillis(random.nextBoolean() ? 0 : 2_000);
    }

    private void handleAll() throws IOException {
      read();
      int rounds = 0;
      while (!waiting.isEmpty() || !events.isAtRest()) {
        while (!waiting.isEmpty()) {
          events.handle(waiting.remove());
        }
        events.settle(Instant.now().plusSeconds(2), true);
        read();
        assertThat(rounds++).as("it comes to an end").isLessThan(50);
      }
    }

    private void read() throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment buffer = arena.allocate(64 << 10, Integer.BYTES);
        int count = inotify.readNow(buffer);
        while (count > 0) {
          waiting.addAll(
              InotifyEvent.parse(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE)));
          count = inotify.readNow(buffer);
        }
      }
    }

    private void assertTableIsTree() throws IOException {
      Set<RelPath> watched = new HashSet<>();
      Set<Integer> watches = new HashSet<>();
      for (Node node : table.all()) {
        RelPath path = requireNonNull(table.path(node), () -> node.watch() + " is nowhere");
        watched.add(path);
        watches.add(node.watch());
        assertThat(numberAt(path)).as("%s", path).isEqualTo(node.watch());
      }
      assertThat(watches).as("the kernel's watches").isEqualTo(kernelsWatches());
      assertThat(table.size()).isLessThanOrEqualTo(budget);
      Set<RelPath> all = listener.directories();
      all.removeIf(path -> watchCoverage.isUnwatched(path) && !watched.contains(path));
      assertThat(watched).as("what is watched").isEqualTo(all);
      if (budget == Integer.MAX_VALUE) {
        assertThat(watchCoverage.unwatchedCount()).isZero();
      }
    }

    private int numberAt(RelPath path) {
      int more = path.isRoot() ? Inotify.IN_DELETE_SELF | Inotify.IN_MOVE_SELF : 0;
      return inotify.add(root.resolve(path.latin1()).toString(), more);
    }

    private Set<Integer> kernelsWatches() throws IOException {
      Set<Integer> found = new HashSet<>();
      Path info = Path.of("/proc/self/fdinfo/" + inotify.descriptor());
      Pattern watch = Pattern.compile("inotify wd:([0-9a-f]+) ");
      Matcher lines = watch.matcher(Files.readString(info, US_ASCII));
      while (lines.find()) {
        found.add(Integer.parseInt(lines.group(1), 16));
      }
      return found;
    }

    private void assertEachTells() throws IOException {
      Set<RelPath> files = new HashSet<>();
      for (RelPath directory : listener.directories()) {
        if (table.contains(directory)) {
          files.add(directory.child("tells"));
        }
      }
      listener.everHinted().clear();
      for (RelPath file : files) {
        Files.writeString(root.resolve(file.latin1()), "x");
      }
      handleAll();
      assertThat(listener.everHinted()).containsAll(files);
      for (RelPath file : files) {
        Files.delete(root.resolve(file.latin1()));
      }
      handleAll();
      listener.look();
    }

    @Override
    public void close() {
      inotify.close();
    }
  }
}
