package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MountTableTest {
  private static final String ROOT = "22 1 254:0 / / rw - ext4 /dev/vda rw";
  private static final String SITE = "40 22 0:40 / /srv/site rw - tmpfs tmpfs rw";
  private static final String UPLOADS = "41 40 0:41 / /srv/site/uploads rw shared:1 - tmpfs t rw";
  private static final String BESIDE = "42 22 0:42 / /srv/site-old rw - tmpfs tmpfs rw";
  private static final String SPACED = "43 22 0:43 / /srv/a\\040b/c rw - tmpfs tmpfs rw";

  private static final List<String> TABLE =
      List.of(ROOT, SITE, UPLOADS, BESIDE, SPACED, "no line of a table");

  @Test
  void findsWhatIsMountedInADirectoryAndNotOnItOrBesideIt() {
    assertThat(MountTable.below(Path.of("/srv/site"), MountTable.parse(TABLE)))
        .containsExactly(UPLOADS);
  }

  @Test
  void readsEscapedNames() {
    assertThat(MountTable.below(Path.of("/srv/a b"), MountTable.parse(TABLE)))
        .containsExactly(SPACED);
  }

  @Test
  void findsEverythingInTheRoot() {
    assertThat(MountTable.below(Path.of("/"), MountTable.parse(TABLE)))
        .containsExactly(ROOT, SITE, UPLOADS, BESIDE, SPACED);
  }
}
