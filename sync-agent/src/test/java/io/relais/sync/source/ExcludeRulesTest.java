package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.path.RelPath;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExcludeRulesTest {
  @ParameterizedTest(name = "[{0}] {1} -> {2}")
  @CsvSource({
    // A pattern without a slash matches a name anywhere.
    "*.tmp,            a.tmp,            true",
    "*.tmp,            deep/er/a.tmp,    true",
    "*.tmp,            a.tmp.txt,        false",
    // A slash at the start or in the middle anchors it.
    "/cache/,          cache/,           true",
    "/cache/,          cache/x/y,        true",
    "/cache/,          sub/cache/,       false",
    "a/b,              a/b,              true",
    "a/b,              x/a/b,            false",
    // A slash at the end is for directories only.
    "cache/,           cache,            false",
    "cache/,           sub/cache/,       true",
    "cache/,           sub/cache/x,      true",
    // Two stars.
    "**/logs,          logs,             true",
    "**/logs,          a/b/logs,         true",
    "logs/**,          logs/a/b,         true",
    "logs/**,          logs/,            false",
    "a/**/b,           a/b,              true",
    "a/**/b,           a/x/y/b,          true",
    "***,              a,                true",
    "foo**bar,         foo-bar,          true",
    "x/foo**bar,       x/foo/bar,        false",
    // Wildcards stop at a slash.
    "a?c,              abc,              true",
    "x/*,              x/y/z,            true",
    "x/*/z,            x/y/w/z,          false",
    "[a-c]x,           bx,               true",
    "[!a-c]x,          bx,               false",
    "[[:digit:]].log,  7.log,            true",
    // Escapes.
    "\\*,              *,                true",
    "\\*,              a,                false",
    "\\[x\\],          [x],              true",
    "a\\(b,            a(b,              true",
    "a\\b,             ab,               true",
    "\\!x,             !x,               true",
    "\\#x,             #x,               true",
    "a b,              a b,              true",
    "'a\\ ',           'a ',             true",
    "'a\\ ',           a,                false",
    "' a',             ' a',             true",
    "' a',             a,                false",
    "a+(b),            a+(b),            true",
    "x.y,              xzy,              false",
  })
  void matchesAsGitDoes(String pattern, String path, boolean excluded) {
    boolean directory = path.endsWith("/");
    RelPath entry = path(directory ? path.substring(0, path.length() - 1) : path);

    assertThat(ExcludeRules.of(List.of(pattern)).excludes(entry, directory)).isEqualTo(excluded);
  }

  @Test
  void lastMatchDecides() {
    ExcludeRules rules = ExcludeRules.of(List.of("*.tmp", "!keep.tmp", "/x/keep.tmp"));

    assertThat(rules.excludes(path("a.tmp"), false)).isTrue();
    assertThat(rules.excludes(path("keep.tmp"), false)).isFalse();
    assertThat(rules.excludes(path("x/keep.tmp"), false)).isTrue();
  }

  @Test
  void nothingBelowAnExcludedDirectoryIsReincluded() {
    ExcludeRules rules = ExcludeRules.of(List.of("/cache/", "!/cache/keep"));

    assertThat(rules.excludes(path("cache/keep"), false)).isTrue();
  }

  @Test
  void contentsOfADirectoryCanBeReincluded() {
    ExcludeRules rules = ExcludeRules.of(List.of("/cache/*", "!/cache/keep"));

    assertThat(rules.excludes(path("cache"), true)).isFalse();
    assertThat(rules.excludes(path("cache/other"), false)).isTrue();
    assertThat(rules.excludes(path("cache/keep"), false)).isFalse();
  }

  @Test
  void ownTemporariesAreExcludedWhateverThePatternsSay() {
    ExcludeRules rules = ExcludeRules.of(List.of("!.relais-*"));

    String temporary = ".relais-0123abcd-0123456789ab";
    assertThat(rules.excludes(path(temporary), false)).isTrue();
    assertThat(rules.excludes(path("a/" + temporary + "/c"), false)).isTrue();
    assertThat(rules.excludes(path("a/x" + temporary), false)).isFalse();
    assertThat(ExcludeRules.NONE.excludes(path(temporary), true)).isTrue();
  }

  @Test
  void namesThatOnlyBeginLikeTemporariesAreMirrored() {
    assertThat(ExcludeRules.NONE.excludes(path(".relais-notes"), false)).isFalse();
  }

  @Test
  void rootIsNeverExcluded() {
    assertThat(ExcludeRules.of(List.of("*")).excludes(RelPath.ROOT, true)).isFalse();
  }

  @Test
  void aNameInUtf8IsMatchedAsText() {
    ExcludeRules rules = ExcludeRules.of(List.of("caf?", "[äö]x", "été"));

    assertThat(rules.excludes(path("café"), false)).isTrue();
    assertThat(rules.excludes(path("öx"), false)).isTrue();
    assertThat(rules.excludes(path("été/a"), false)).isTrue();
  }

  @Test
  void aNameThatIsNoUtf8IsMatchedByteByByte() {
    RelPath broken = RelPath.ofLatin1("caf\u00e9.tmp");

    assertThat(ExcludeRules.of(List.of("*.tmp")).excludes(broken, false)).isTrue();
    assertThat(ExcludeRules.of(List.of("caf?.tmp")).excludes(broken, false)).isTrue();
    assertThat(ExcludeRules.of(List.of("caf.tmp")).excludes(broken, false)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\u0085", "\u2028"})
  void wildcardsDoNotStopAtLineEnds(String lineEnd) {
    RelPath odd = path("a" + lineEnd + "b");

    assertThat(ExcludeRules.of(List.of("a*b")).excludes(odd, false)).isTrue();
    assertThat(ExcludeRules.of(List.of("a?b")).excludes(odd, false)).isTrue();
    assertThat(ExcludeRules.of(List.of("a" + lineEnd + "b")).excludes(odd, false)).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "'',        'is empty; leave it out'",
    "!,         'is only ''!''; write what to re-include after it, as in !keep.tmp'",
    "#x,        'is a comment in gitignore; write \\\\# for a name that starts with #'",
    "/,         'names nothing; write * for everything'",
    "a//b,      'holds ''//'', which matches nothing; write a single /'",
    "'a ',      'ends with a space, which gitignore drops; leave it out or write \\\\ '",
    "a/../b,    'holds ''..'', which matches nothing; leave it out'",
    "./a,       'holds ''.'', which matches nothing; leave it out'",
    "a\\,       'has a backslash with nothing to escape; write \\\\\\\\ for one'",
    "[ab,       'has a ''['' that is never closed; write \\\\[ for a name that holds one'",
    "x/[z-a],   'has a range that runs backwards; write the lower end first'",
    "/a**/b,    'has ''**'' next to other characters, and more after it; write a single *'",
    "*\\\\,     'mixes a backslash with wildcards or spaces; write ? in place of the backslash'",
    "[a&&b],    'has brackets with unusual members; use letters, digits, ranges, [:alpha:] and the"
        + " like, or write ? in their place'",
  })
  void saysWhatIsWrongWithAPattern(String pattern, String problem) {
    assertThat(ExcludeRules.problem(pattern)).contains(problem);
    assertThatThrownBy(() -> ExcludeRules.of(List.of(pattern)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern " + problem);
  }

  private static RelPath path(String text) {
    return RelPath.ofLatin1(new String(text.getBytes(UTF_8), ISO_8859_1));
  }

  @Test
  void heartbeatsAreExcludedWhateverThePatternsSay() {
    RelPath heartbeat = RelPath.ofLatin1("data/.relais-site.heartbeat.json");

    assertThat(ExcludeRules.NONE.excludes(heartbeat, false)).isTrue();
    assertThat(ExcludeRules.of(List.of("!.relais-*")).excludes(heartbeat, false)).isTrue();
  }
}
