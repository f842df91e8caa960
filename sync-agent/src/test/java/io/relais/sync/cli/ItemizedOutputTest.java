package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ItemizedOutputTest {
  private static final RelPath PATH = RelPath.ofLatin1("a/b");
  private static final long SECOND = 1_000_000_000L;

  private static SourceEntry source(EntryKind entryKind, @Nullable String link) {
    return new SourceEntry(entryKind, 5, 7 * SECOND, 7 * SECOND, 0644, 1, 2, link);
  }

  private static SourceEntry file() {
    return source(EntryKind.FILE, null);
  }

  private static String upload(@Nullable TargetEntry replaces) {
    return ItemizedOutput.line(new Step.Upload(PATH, file(), replaces, null));
  }

  @Test
  void printsOneLineForEachKindOfStep() {
    SourceEntry directory = source(EntryKind.DIRECTORY, null);
    assertThat(upload(null)).isEqualTo("<f+++++++++ a/b");
    assertThat(ItemizedOutput.line(new Step.MakeDirectory(PATH, directory)))
        .isEqualTo("cd+++++++++ a/b/");
    assertThat(ItemizedOutput.line(new Step.MakeSymlink(PATH, source(EntryKind.SYMLINK, "x"))))
        .isEqualTo("cL+++++++++ a/b -> x");
    assertThat(ItemizedOutput.line(new Step.SetAttributes(PATH, directory)))
        .isEqualTo(".d..tp..... a/b/");
    assertThat(ItemizedOutput.line(new Step.Delete(PATH, EntryKind.FILE)))
        .isEqualTo("*deleting   a/b");
    assertThat(ItemizedOutput.line(new Step.Delete(PATH, EntryKind.DIRECTORY)))
        .isEqualTo("*deleting   a/b/");
  }

  @Test
  void saysWhatDiffersInAFile() {
    assertThat(upload(new TargetEntry(EntryKind.FILE, 4, 7, 0644, null)))
        .isEqualTo("<f.s....... a/b");
    assertThat(upload(new TargetEntry(EntryKind.FILE, 5, 6, 0644, null)))
        .isEqualTo("<f..t...... a/b");
    assertThat(upload(new TargetEntry(EntryKind.FILE, 5, 7, 0600, null)))
        .isEqualTo("<f...p..... a/b");
    assertThat(upload(new TargetEntry(EntryKind.SYMLINK, 5, 7, 0777, "x")))
        .isEqualTo("<fcst...... a/b");
  }

  @Test
  void escapesWhatWouldForgeALine() {
    Step.Delete delete = new Step.Delete(RelPath.ofLatin1("a\nb"), EntryKind.FILE);
    assertThat(ItemizedOutput.line(delete)).doesNotContain("\n");
    assertThat(ItemizedOutput.json("site", delete)).contains("\"path_base64\":\"YQpi\"");
  }
}
