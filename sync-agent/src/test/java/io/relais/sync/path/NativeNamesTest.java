package io.relais.sync.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a",
        "/a b/c",
        "/\u00ff\u00fe",
        "/a%41",
        "/a?b#c",
        "/\u00c3\u00a9",
        "/a\\b",
        "/a\nb",
        "/ ",
        "/[x]",
        "/\u00ef\u00bf\u00bd"
      })
  void aPathAndItsBytesAreTheSameThing(String latin1) {
    assertThat(NativeNames.latin1(NativeNames.path(latin1))).isEqualTo(latin1);
  }

  @Test
  void theSlashThatTheJdkAppendsToADirectoryIsDropped() {
    assertThat(NativeNames.latin1(Path.of("/tmp"))).isEqualTo("/tmp");
  }

  @Test
  void aPathBelowTheRootOfTheFileSystemHasOneSlash() {
    assertThat(NativeNames.path("/", RelPath.ofLatin1("a/b"))).isEqualTo(Path.of("/a/b"));
    assertThat(NativeNames.path("/x", RelPath.ofLatin1("a"))).isEqualTo(Path.of("/x/a"));
    assertThat(NativeNames.path("/x", RelPath.ROOT)).isEqualTo(Path.of("/x"));
  }
}
