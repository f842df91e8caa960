package io.relais.sync.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is planned for a file system that can't keep everything. */
final class ReconcilerOnLesserDiskTest {
  private static final FileSystemFeatures FAT =
      new FileSystemFeatures(false, true, false, 2, true, "\1\"*:<>?\\|", ". ", true);
  private static final Reconciler RECONCILER =
      new Reconciler(new SyncRules(true, true, SyncRules.Exclusion.NONE, FAT));

  private static SourceEntry file(long seconds) {
    return new SourceEntry(EntryKind.FILE, 3, seconds * 1_000_000_000, 7, 0640, 1, 2, null);
  }

  private static TargetEntry listed(long seconds) {
    return new TargetEntry(EntryKind.FILE, 3, seconds, 0755, null);
  }

  private static DirectoryPlan plan(
      Map<String, SourceEntry> source,
      Map<String, IndexEntry> confirmed,
      @Nullable Map<String, TargetEntry> there) {
    return RECONCILER.directory(
        new DirectoryView(RelPath.ROOT, TargetContents.COPY, source, confirmed, there));
  }

  private static IndexEntry confirmed(SourceEntry source) {
    return new IndexEntry(source, source.asTarget(), null);
  }

  @Test
  void doesNotCompareModesNorOddSeconds() {
    DirectoryPlan plan =
        plan(
            Map.of("f", file(1001)), Map.of("f", confirmed(file(1001))), Map.of("f", listed(1000)));
    assertThat(plan.steps()).isEmpty();
    assertThat(plan.drifted()).isEmpty();
    assertThat(plan(Map.of("f", file(1001)), Map.of(), Map.of("f", listed(1000))).steps())
        .allMatch(Step.Adopt.class::isInstance);
    assertThat(
            plan(
                    Map.of("f", file(1004)),
                    Map.of("f", confirmed(file(1001))),
                    Map.of("f", listed(1000)))
                .steps())
        .isNotEmpty();
  }

  @Test
  void namesBothOfTwoNamesThatAreOneThere() {
    Map<String, SourceEntry> both = Map.of("README", file(1000), "readme", file(1000));
    DirectoryPlan fresh = plan(both, Map.of(), Map.of());
    assertThat(fresh.steps()).extracting(step -> step.path().name()).containsExactly("README");
    assertThat(fresh.problems())
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.describe()).startsWith("readme: ").contains("README is there"));

    DirectoryPlan later =
        plan(both, Map.of("readme", confirmed(file(1000))), Map.of("readme", listed(1000)));
    assertThat(later.steps()).isEmpty();
    assertThat(later.problems())
        .singleElement()
        .extracting(p -> p.path().name())
        .isEqualTo("README");
  }

  @Test
  void deletesNothingThatIsOnlySpelledInAnotherWay() {
    DirectoryPlan renamed =
        plan(Map.of("README", file(1000)), Map.of("readme", confirmed(file(1000))), null);
    assertThat(renamed.steps()).noneMatch(Step.Delete.class::isInstance);
    assertThat(renamed.steps()).hasSize(1);
    assertThat(renamed.forgotten()).containsExactly(RelPath.ofLatin1("readme"));

    DirectoryPlan listed =
        plan(Map.of("README", file(1000)), Map.of(), Map.of("readme", listed(1000)));
    assertThat(listed.steps()).allMatch(Step.Adopt.class::isInstance);
    assertThat(plan(Map.of(), Map.of(), Map.of("readme", listed(1000))).steps())
        .allMatch(Step.Delete.class::isInstance);
  }

  @Test
  void saysWhichNamesAndKindsCantBeThere() {
    SourceEntry link = new SourceEntry(EntryKind.SYMLINK, 0, 0, 0, 0777, 1, 2, "x");
    DirectoryPlan plan =
        plan(
            Map.of("a:b?", file(1), "c\n", file(1), "d.", file(1), "\u00ff", file(1), "link", link),
            Map.of(),
            Map.of());
    assertThat(plan.steps()).isEmpty();
    assertThat(plan.problems())
        .extracting(PathProblem::message)
        .anyMatch(message -> message.contains("no : or ? in a name"))
        .anyMatch(message -> message.contains("no control characters in a name"))
        .anyMatch(message -> message.contains("drops a dot at the end"))
        .anyMatch(message -> message.contains("only names in UTF-8"))
        .anyMatch(message -> message.contains("no symlinks"));
  }

  @Test
  void aModeOfZeroIsTheNearestThatCanBeSet() {
    FileSystemFeatures features =
        new FileSystemFeatures(true, false, true, 1, false, "", "", false);
    TargetEntry wanted = new TargetEntry(EntryKind.FILE, 1, 1, 0, null);
    TargetEntry there =
        new TargetEntry(EntryKind.FILE, 1, 1, FileSystemFeatures.INSTEAD_OF_ZERO, null);
    assertThat(features.isSame(wanted, there)).isTrue();
    assertThat(features.isSame(wanted, new TargetEntry(EntryKind.FILE, 1, 1, 0644, null)))
        .isFalse();
    assertThat(FileSystemFeatures.ALL.isSame(wanted, there)).isFalse();
    assertThat(FileSystemFeatures.parse(features.format())).isEqualTo(features);
  }

  @Test
  void isReadAsItWasWritten() {
    assertThat(FileSystemFeatures.parse(FAT.format())).isEqualTo(FAT);
    assertThat(FileSystemFeatures.parse(FileSystemFeatures.ALL.format()))
        .isEqualTo(FileSystemFeatures.ALL);
    assertThat(FileSystemFeatures.parse("")).isNull();
    assertThat(FileSystemFeatures.ALL.lacks()).isEmpty();
  }
}
