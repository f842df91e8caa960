package io.relais.sync.plan;

import static io.relais.sync.entry.Entries.confirmed;
import static io.relais.sync.entry.Entries.directory;
import static io.relais.sync.entry.Entries.file;
import static io.relais.sync.entry.Entries.hashed;
import static io.relais.sync.entry.Entries.link;
import static io.relais.sync.entry.Entries.path;
import static io.relais.sync.entry.Entries.targetFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.relais.sync.entry.Entries;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.MapMemory;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MakeSymlink;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Unlock;
import io.relais.sync.plan.Step.Upload;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PlanTest {
  private static final SyncRules RULES = new SyncRules(true, true, SyncRules.Exclusion.NONE);
  private static final RelPath D = path("d");
  private static final SourceEntry DIRECTORY = directory(0755);
  private static final TargetEntry T_DIRECTORY = DIRECTORY.asTarget();

  private final MapMemory index = new MapMemory();
  private final PlanBuilder builder = new PlanBuilder(index::get);

  @Test
  void makesFirstSendsThenSwitchesLinksThenDeletesAndSettlesLast() {
    SourceEntry locked = directory(0555);
    add(
        RULES,
        listed(
            RelPath.ROOT,
            TargetContents.COPY,
            Map.of("d", locked, "new", DIRECTORY, "same", file(1)),
            Map.of("d", locked.asTarget(), "same", file(1).asTarget())));
    add(
        RULES,
        listed(
            D,
            TargetContents.COPY,
            Map.of("f", file(3), "l", link("f")),
            Map.of("old", targetFile(1, 1, 0644))));
    add(RULES, listed(path("new"), TargetContents.NOTHING, Map.of("f", file(4)), Map.of()));
    index.put(RelPath.ROOT, confirmed(DIRECTORY));

    Plan plan = builder.build();

    assertThat(plan.steps())
        .containsExactly(
            new Adopt(path("same"), file(1), file(1).asTarget()),
            new Unlock(D, 0755),
            new MakeDirectory(path("new"), DIRECTORY),
            new Upload(path("d/f"), file(3), null, null),
            new Upload(path("new/f"), file(4), null, null),
            new MakeSymlink(path("d/l"), link("f")),
            new Delete(path("d/old"), EntryKind.FILE),
            new SetAttributes(path("new"), DIRECTORY),
            new SetAttributes(D, locked),
            new SetAttributes(RelPath.ROOT, DIRECTORY, true));
    assertThat(plan.disturbed()).containsExactlyInAnyOrder(RelPath.ROOT, D);
    assertThat(plan.summary()).isEqualTo(new Summary(2, 7, 7, 1, 1, 0, 1));
    assertThat(plan.differences())
        .extracting(Step::path)
        .containsExactly(path("new"), path("d/f"), path("new/f"), path("d/l"), path("d/old"));
  }

  @Test
  void movesADirectoryAsideWithAllItHoldsRightBeforeWhatReplacesIt() {
    swapDirectoryForFile(RULES);

    Plan plan = builder.build();

    assertThat(plan.steps())
        .containsExactly(new MoveAside(D, EntryKind.DIRECTORY), new Upload(D, file(1), null, null));
    assertThat(plan.absorbed()).containsExactly(new Delete(path("d/old"), EntryKind.FILE));
    assertThat(plan.summary().deletes()).isEqualTo(2);
  }

  @Test
  void leavesADirectoryInTheWayThatHoldsSomethingExcluded() {
    swapDirectoryForFile(new SyncRules(true, true, (path, _) -> path.name().equals("old")));

    Plan plan = builder.build();

    assertThat(plan.steps()).isEmpty();
    assertThat(plan.problems())
        .containsExactly(
            new PathProblem(
                D, "a directory is in its place at the target, and holds what has to stay"));
  }

  @Test
  void leavesADirectoryInTheWayWithoutDeleteUnlessItIsEmpty() {
    SyncRules keep = new SyncRules(false, true, SyncRules.Exclusion.NONE);
    swapDirectoryForFile(keep);
    SourceEntry other = file(2);
    add(
        keep,
        listed(RelPath.ROOT, TargetContents.COPY, Map.of("e", other), Map.of("e", T_DIRECTORY)));
    add(keep, listed(path("e"), TargetContents.IN_THE_WAY, Map.of(), Map.of()));

    Plan plan = builder.build();

    assertThat(plan.steps())
        .containsExactly(
            new MoveAside(path("e"), EntryKind.DIRECTORY),
            new Upload(path("e"), other, null, null));
    assertThat(plan.problems()).extracting(PathProblem::path).containsExactly(D);
  }

  @Test
  void neverGoesIntoADirectoryInTheWayUnlisted() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new DirectoryView(D, TargetContents.IN_THE_WAY, Map.of(), Map.of(), null));
  }

  @Test
  void neverPlansOurOwnTemporariesButSaysWhatIsLeftOfThem() {
    add(
        RULES,
        listed(
            RelPath.ROOT,
            TargetContents.COPY,
            Map.of(".relais-0123abcd-00000000aaaa", file(1)),
            Map.of(".relais-0123abcd-00000000bbbb", targetFile(1, 1, 0600))));

    Plan plan = builder.build();

    assertThat(plan.isEmpty()).isTrue();
    assertThat(plan.leftovers()).containsExactly(path(".relais-0123abcd-00000000bbbb"));
  }

  @Test
  void forgetsWhatIsExcludedByNow() {
    SyncRules syncRules = new SyncRules(true, true, (path, _) -> path.name().equals("x"));
    add(
        syncRules,
        new DirectoryView(
            RelPath.ROOT,
            TargetContents.COPY,
            Map.of("x", file(2)),
            Map.of("x", confirmed(file(1))),
            null));

    Plan plan = builder.build();

    assertThat(plan.steps()).isEmpty();
    assertThat(plan.forgotten()).containsExactly(path("x"));
  }

  @Test
  void withoutDeletesRemovesNothingAndStillSends() {
    swapDirectoryForFile(RULES);
    add(
        RULES,
        listed(
            RelPath.ROOT,
            TargetContents.COPY,
            Map.of("new", file(9)),
            Map.of("gone", targetFile(1, 1, 0644))));

    Plan plan = builder.buildWithoutDeletes();

    assertThat(plan.steps()).containsExactly(new Upload(path("new"), file(9), null, null));
    assertThat(plan.summary().deletes()).isZero();
    assertThat(plan.problems()).isEmpty();
  }

  @Test
  void doesNotRecordALostMountWhileDeletesAreHeld() {
    SourceEntry before =
        new SourceEntry(EntryKind.DIRECTORY, 0, Entries.MTIME, Entries.MTIME, 0755, 7, 2, null);
    add(
        RULES,
        new DirectoryView(
            RelPath.ROOT,
            TargetContents.COPY,
            Map.of("d", directory(0700)),
            Map.of("d", confirmed(before)),
            null));
    add(
        RULES,
        new DirectoryView(D, TargetContents.COPY, Map.of(), Map.of("f", confirmed(file(1))), null));

    assertThat(builder.build().unmounted())
        .containsExactly(new GuardInput.Moved(D, 7, 1, false, 1));
    assertThat(builder.buildWithoutDeletes().steps()).isEmpty();
  }

  @Test
  void restoresADirectoryThatOnlyTheIndexKnows() {
    index.put(D, confirmed(directory(0500)));
    index.put(RelPath.ROOT, confirmed(directory(0600)));
    builder.add(
        new Reconciler(RULES)
            .entry(path("d/f"), file(2), hashed(file(1), "x"), new TargetView.Trusted()));

    assertThat(builder.build().steps())
        .containsExactly(
            new Unlock(RelPath.ROOT, 0700),
            new Unlock(D, 0700),
            new Upload(path("d/f"), file(2), file(1).asTarget(), null),
            new SetAttributes(D, directory(0500)),
            new SetAttributes(RelPath.ROOT, directory(0600)));
  }

  @Test
  void remembersWhatWasSentAsItWasRead() {
    RelPath path = path("f");
    SourceEntry read = file(5);

    IndexUpdates.done(new Upload(path, file(4), null, null), read, Entries.sha256("x"), index);

    assertThat(index.get(path)).isEqualTo(hashed(read, "x"));
  }

  @Test
  void keepsTheHashWhereOnlyAttributesAreSet() {
    RelPath path = path("f");
    index.put(path, hashed(file(5), "x"));

    IndexUpdates.done(new SetAttributes(path, file(5)), null, null, index);
    assertThat(index.get(path)).isEqualTo(hashed(file(5), "x"));
  }

  @Test
  void refusesToRememberAnotherKindThanIsKnownAndDropsIt() {
    RelPath path = path("d");
    RelPath below = path.child("f");
    for (Step step :
        List.of(
            new SetAttributes(path, DIRECTORY),
            new Adopt(path, DIRECTORY, T_DIRECTORY),
            new Step.Unlock(path, 0700),
            new MakeDirectory(path, DIRECTORY))) {
      index.put(path, confirmed(link("../outside")));
      assertThat(IndexUpdates.done(step, null, null, index)).as("%s", step).isFalse();
      assertThat(index.get(path)).as("%s", step).isNull();
    }
    for (Step step :
        List.of(
            new Adopt(path, link("a"), link("a").asTarget()),
            new MakeSymlink(path, link("../outside")),
            new Upload(path, file(1), null, null))) {
      index.put(path, confirmed(DIRECTORY));
      index.put(below, confirmed(file(1)));
      assertThat(IndexUpdates.done(step, null, null, index)).as("%s", step).isFalse();
      assertThat(index.records).as("%s", step).isEmpty();
    }
    index.put(path, confirmed(file(1)));
    assertThat(IndexUpdates.done(new MakeSymlink(path, link("a")), null, null, index)).isTrue();
    assertThat(index.get(path)).isEqualTo(confirmed(link("a")));
  }

  private void swapDirectoryForFile(SyncRules syncRules) {
    add(
        syncRules,
        listed(RelPath.ROOT, TargetContents.COPY, Map.of("d", file(1)), Map.of("d", T_DIRECTORY)));
    add(
        syncRules,
        listed(D, TargetContents.IN_THE_WAY, Map.of(), Map.of("old", targetFile(1, 1, 0644))));
  }

  private void add(SyncRules syncRules, DirectoryView view) {
    builder.add(new Reconciler(syncRules).directory(view));
  }

  private static DirectoryView listed(
      RelPath path,
      TargetContents targetContents,
      Map<String, SourceEntry> source,
      @Nullable Map<String, TargetEntry> target) {
    return new DirectoryView(path, targetContents, source, Map.of(), target);
  }
}
