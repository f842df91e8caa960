package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SuggestTest {
  private static final List<String> KEYS =
      List.of("name", "source", "target", "targets", "exclude");

  @ParameterizedTest
  @CsvSource({
    "exlude, exclude",
    "excldue, exclude",
    "Source, source",
    "taget, target",
    "target, target",
    "nme, name",
  })
  void findsWhatWasMeant(String written, String meant) {
    assertThat(Suggest.nearest(written, KEYS)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"compression", "x", "''", "sour"})
  void findsNothingThatIsFarAway(String written) {
    assertThat(Suggest.nearest(written, List.of("target", "exclude"))).isEmpty();
  }

  @Test
  void firstOfEqualsWins() {
    assertThat(Suggest.nearest("ac", List.of("ab", "ad"))).contains("ab");
  }

  @Test
  void longWordsAreNotCompared() {
    assertThat(Suggest.nearest("a".repeat(65), List.of("a".repeat(64)))).isEmpty();
    assertThat(Suggest.nearest("a".repeat(64), List.of("a".repeat(65)))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"'', '', 0", "abc, '', 3", "abc, acb, 1", "kitten, sitting, 3", "abcd, badc, 2"})
  void distanceCountsSingleMistakes(String a, String b, int distance) {
    assertThat(Suggest.distance(a, b)).isEqualTo(distance);
    assertThat(Suggest.distance(b, a)).isEqualTo(distance);
  }
}
