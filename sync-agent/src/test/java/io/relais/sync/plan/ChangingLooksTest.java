package io.relais.sync.plan;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.Entries;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.MapMemory;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The source changes while it is looked at: one path is seen as a directory, a file, a symlink or
 * nothing, in any order, by looks at itself and at what it holds. Whatever is planned then, no step
 * follows a symlink. A seed that fails is printed; {@code -Drelais.seed=N} begins with it.
 */
final class ChangingLooksTest {
  private static final int RUNS = Integer.getInteger("relais.runs", 5_000);
  private static final RelPath D = RelPath.ofLatin1("d");
  private static final List<String> NAMES = List.of("f", "sub", "l");
  private static final SyncRules RULES = new SyncRules(true, true, SyncRules.Exclusion.NONE);

  @Test
  void noStepFollowsASymlinkHoweverThePathIsSeen() {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("relais.seed=" + first);
    for (long seed = first; seed < first + RUNS; seed++) {
      try {
        new Life(new Random(seed)).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** One mirror, its target, and what is remembered of it. */
  private static final class Life {
    private final MapMemory index = new MapMemory();
    private final Map<RelPath, EntryKind> target = new HashMap<>();
    private final Random random;

    Life(Random random) {
      this.random = random;
    }

    void run() {
      put(RelPath.ROOT, Entries.directory(0755));
      SourceEntry before = anything();
      if (before != null) {
        put(D, before);
        if (before.kind() == EntryKind.DIRECTORY) {
          NAMES.forEach(name -> putMaybe(D.child(name)));
        }
      }
      for (int round = 0; round < 3; round++) {
        Plan plan = looks();
        IndexUpdates.begin(plan, index);
        for (Step step : plan.steps()) {
          carryOut(step);
        }
      }
    }

    private void putMaybe(RelPath path) {
      SourceEntry entry = anything();
      if (entry != null) {
        put(path, entry);
      }
    }

    private void put(RelPath path, SourceEntry entry) {
      index.put(path, Entries.confirmed(entry));
      target.put(path, entry.kind());
    }

    private @Nullable SourceEntry anything() {
      return switch (random.nextInt(4)) {
        case 0 -> Entries.file(1 + random.nextInt(2));
        case 1 -> Entries.link("../outside" + random.nextInt(2));
        case 2 -> Entries.directory(random.nextBoolean() ? 0755 : 0777);
        default -> null;
      };
    }

    /** As a scan does it: places to begin, what holds them, and what their directory holds. */
    private Plan looks() {
      Reconciler reconciler = new Reconciler(RULES);
      PlanBuilder plan = new PlanBuilder(index::get);
      List<ChildDirectory> descents = new ArrayList<>();
      Set<RelPath> starts = new HashSet<>();
      boolean wasLooked = false;
      @Nullable TargetContents targetContents = null;
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        if (random.nextInt(3) > 0) {
          DirectoryPlan found =
              reconciler.entry(D, anything(), index.get(D), new TargetView.Trusted());
          plan.replace(D);
          if (wasLooked && found.below(D) != targetContents) {
            plan.retract(D);
          }
          wasLooked = true;
          targetContents = found.below(D);
          plan.add(random.nextBoolean() ? found : found.withoutDescents());
          descents.addAll(found.descents());
        } else {
          RelPath path = D.child(NAMES.get(random.nextInt(NAMES.size())));
          if (starts.add(path)) {
            plan.add(reconciler.entry(path, anything(), index.get(path), new TargetView.Trusted()));
            plan.touch(D);
          }
        }
        if (!descents.isEmpty() && random.nextBoolean()) {
          plan.add(reconciler.directory(view(descents.removeFirst())).without(starts));
        }
      }
      return random.nextInt(4) == 0 ? plan.buildWithoutDeletes() : plan.build();
    }

    private DirectoryView view(ChildDirectory childDirectory) {
      Map<String, SourceEntry> here = new HashMap<>();
      Map<String, TargetEntry> there = new HashMap<>();
      for (String name : NAMES) {
        SourceEntry entry = childDirectory.source() == null ? null : anything();
        if (entry != null) {
          here.put(name, entry);
        }
        IndexEntry known = index.get(childDirectory.path().child(name));
        if (known != null) {
          there.put(name, known.target());
        }
      }
      boolean listed = childDirectory.below() == TargetContents.IN_THE_WAY || random.nextBoolean();
      return new DirectoryView(
          childDirectory.path(),
          childDirectory.below(),
          here,
          index.children(childDirectory.path()),
          listed ? there : null);
    }

    /** Does a step as a server does, which follows symlinks: that must never come to pass. */
    private void carryOut(Step step) {
      RelPath path = step.path();
      for (RelPath above : path.isRoot() ? List.<RelPath>of() : path.ancestors()) {
        assertThat(target.get(above))
            .as("%s goes through %s", step, above)
            .isNotEqualTo(EntryKind.SYMLINK);
      }
      boolean isSetting =
          step instanceof Step.Unlock
              || (step instanceof Step.SetAttributes(var _, var source, var _)
                  && source.kind() != EntryKind.SYMLINK);
      if (isSetting) {
        assertThat(target.get(path))
            .as("%s follows a symlink", step)
            .isNotEqualTo(EntryKind.SYMLINK);
      }
      if (!isPossible(step)) {
        return;
      }
      if (step instanceof Step.MoveAside || step instanceof Step.Delete) {
        target.keySet().removeIf(other -> other.startsWith(path));
      } else if (makesSomething(step)) {
        target.put(path, requireNonNull(step.makes()));
      }
      IndexUpdates.done(step, null, null, index);
    }

    private static boolean makesSomething(Step step) {
      return step instanceof Step.Upload
          || step instanceof Step.MakeSymlink
          || step instanceof Step.MakeDirectory;
    }

    /**
     * What a server refuses: a missing parent, a directory in the way, or one that is not empty.
     */
    private boolean isPossible(Step step) {
      RelPath path = step.path();
      if (!path.isRoot() && target.get(path.parent()) != EntryKind.DIRECTORY) {
        return false;
      }
      EntryKind there = target.get(path);
      return switch (step) {
        case Step.Upload _, Step.MakeSymlink _ -> there != EntryKind.DIRECTORY;
        case Step.MakeDirectory _ -> there == null;
        case Step.SetAttributes _, Step.Unlock _, Step.MoveAside _ -> there != null;
        case Step.Delete _ ->
            target.keySet().stream()
                .noneMatch(other -> other.startsWith(path) && !other.equals(path));
        case Step.Adopt(var _, var source, var _) -> there == source.kind();
      };
    }
  }
}
