package io.relais.sync.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GitPackedObjectsTest {
  private static final String SHA1 = "0123456789abcdef0123456789abcdef01234567";

  private static GitPackedObjects packedIn(String... arrived) {
    return GitPackedObjects.of(List.of(arrived).stream().map(RelPath::ofLatin1).toList());
  }

  private static boolean has(GitPackedObjects packed, String path) {
    return packed.has(RelPath.ofLatin1(path));
  }

  @Test
  void looseObjectsOfARepositoryWithANewPackAreNotLost() {
    GitPackedObjects packed = packedIn("page", "app/.git/objects/pack/pack-" + SHA1 + ".pack");

    assertThat(has(packed, "app/.git/objects/ab/" + SHA1.substring(2))).isTrue();
    assertThat(has(packed, "app/.git/objects/ab/" + "c".repeat(62))).isTrue();
    assertThat(has(packed, "app/.git/objects/ab")).isTrue();
    assertThat(has(packedIn("objects/pack/pack-0a.pack"), "objects/00")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "other/.git/objects/ab",
        "app/.git/refs/heads/main",
        "app/.git/objects/pack",
        "app/.git/objects/info/packs",
        "app/.git/objects/ab/README",
        "app/.git/objects/abc",
        "app/.git/objects",
        "app/ab"
      })
  void whatIsNoneOfThemIs(String path) {
    assertThat(has(packedIn("app/.git/objects/pack/pack-" + SHA1 + ".pack"), path)).isFalse();
  }

  @Test
  void withoutANewPackAllAre() {
    assertThat(has(packedIn(), "app/.git/objects/ab")).isFalse();
    assertThat(has(packedIn("app/pack/pack-0a.pack", ".git/objects/pack/tmp_pack_x"), "app/ab"))
        .isFalse();
  }
}
