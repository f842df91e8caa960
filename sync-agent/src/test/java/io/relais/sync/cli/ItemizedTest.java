package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.TargetEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ItemizedTest {
  private static final RelPath PATH = RelPath.ofLatin1("a/b");
  private static final long SECOND = 1_000_000_000L;

  private static SourceEntry source(Kind kind, @Nullable String link) {
    return new SourceEntry(kind, 5, 7 * SECOND, 7 * SECOND, 0644, 1, 2, link);
  }

  private static SourceEntry file() {
    return source(Kind.FILE, null);
  }

  private static String upload(@Nullable TargetEntry replaces) {
    return Itemized.line(new Step.Upload(PATH, file(), replaces, null));
  }

  @Test
  void printsOneLineForEachKindOfStep() {
    SourceEntry directory = source(Kind.DIRECTORY, null);
    assertThat(upload(null)).isEqualTo("<f+++++++++ a/b");
    assertThat(Itemized.line(new Step.MakeDirectory(PATH, directory)))
        .isEqualTo("cd+++++++++ a/b/");
    assertThat(Itemized.line(new Step.MakeSymlink(PATH, source(Kind.SYMLINK, "x"))))
        .isEqualTo("cL+++++++++ a/b -> x");
    assertThat(Itemized.line(new Step.SetAttributes(PATH, directory)))
        .isEqualTo(".d..tp..... a/b/");
    assertThat(Itemized.line(new Step.Delete(PATH, Kind.FILE))).isEqualTo("*deleting   a/b");
    assertThat(Itemized.line(new Step.Delete(PATH, Kind.DIRECTORY))).isEqualTo("*deleting   a/b/");
  }

  @Test
  void saysWhatDiffersInAFile() {
    assertThat(upload(new TargetEntry(Kind.FILE, 4, 7, 0644, null))).isEqualTo("<f.s....... a/b");
    assertThat(upload(new TargetEntry(Kind.FILE, 5, 6, 0644, null))).isEqualTo("<f..t...... a/b");
    assertThat(upload(new TargetEntry(Kind.FILE, 5, 7, 0600, null))).isEqualTo("<f...p..... a/b");
    assertThat(upload(new TargetEntry(Kind.SYMLINK, 5, 7, 0777, "x"))).isEqualTo("<fcst...... a/b");
  }

  @Test
  void escapesWhatWouldForgeALine() {
    Step.Delete delete = new Step.Delete(RelPath.ofLatin1("a\nb"), Kind.FILE);
    assertThat(Itemized.line(delete)).doesNotContain("\n");
    assertThat(Itemized.json("site", delete)).contains("\"path_base64\":\"YQpi\"");
  }
}
