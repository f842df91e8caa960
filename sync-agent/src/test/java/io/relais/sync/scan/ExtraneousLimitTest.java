package io.relais.sync.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.DirectoryView;
import io.relais.sync.plan.Reconciler;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.plan.TargetContents;
import io.relais.sync.source.ExcludeRules;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ExtraneousLimitTest {
  private static final RelPath DIRECTORY = RelPath.ofLatin1("directory");

  /** A directory with so many files that only the target has. */
  private static DirectoryPlan extraneous(int files, boolean delete) {
    Map<String, TargetEntry> there = new HashMap<>();
    for (int i = 0; i < files; i++) {
      there.put("file-" + i, new TargetEntry(EntryKind.FILE, 1, 1, 0644, null));
    }
    Map<String, SourceEntry> here = Map.of();
    return new Reconciler(new SyncRules(delete, true, ExcludeRules.NONE))
        .directory(new DirectoryView(DIRECTORY, TargetContents.COPY, here, Map.of(), there));
  }

  @Test
  void takesWhatFits() {
    ExtraneousLimit limit = new ExtraneousLimit(100_000);

    assertThat(limit.take(extraneous(200, true))).isTrue();
    assertThat(limit.take(extraneous(200, true))).isFalse();
    assertThat(limit.take(extraneous(50, true))).isTrue();
  }

  @Test
  void countsWhatStaysThereToo() {
    assertThat(new ExtraneousLimit(100_000).take(extraneous(500, false))).isTrue();
    assertThat(new ExtraneousLimit(100_000).take(extraneous(1_000, false))).isFalse();
  }

  @Test
  void countsWhatIsSaidOfDirectoriesThatCannotBeListed() {
    ExtraneousLimit limit = new ExtraneousLimit(1_000);
    PathProblem problem = new PathProblem(DIRECTORY, "list directory: " + "no".repeat(200));

    assertThat(limit.take(problem)).isTrue();
    assertThat(limit.take(problem)).isFalse();
  }

  @Test
  void leavesAllElseOfADirectory() {
    DirectoryPlan found = extraneous(3, true);

    assertThat(found.steps()).hasSize(3).allMatch(Step.Delete.class::isInstance);
    assertThat(found.withoutExtraneous().steps()).isEmpty();
    assertThat(new ExtraneousLimit(0).take(found.withoutExtraneous())).isTrue();
  }
}
