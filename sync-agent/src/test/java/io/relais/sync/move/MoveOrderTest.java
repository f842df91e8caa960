package io.relais.sync.move;

import static io.relais.sync.entry.Entries.directory;
import static io.relais.sync.entry.Entries.file;
import static io.relais.sync.entry.Entries.path;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MoveOrderTest {
  private final AtomicInteger names = new AtomicInteger();

  /**
   * Moves are {@code from>to}, a directory to be made is {@code +path}, waves are apart by bars.
   */
  @ParameterizedTest
  @CsvSource({
    "one,             a>b,                    a>b",
    "side by side,    a>b c>d,                a>b c>d",
    "chain,           a>b b>c c>d,            c>d | b>c | a>b",
    "swap,            a>b b>a,                b>t1 | a>b | t1>a",
    "ring,            a>b b>c c>a,            c>t1 | b>c | a>b | t1>a",
    "ring and tail,   a>b b>a x>y,            x>y | b>t1 | a>b | t1>a",
    "swap elsewhere,  d/a>e/b e/b>d/a,        e/b>e/t1 | d/a>e/b | e/t1>d/a",
    "nested,          a>b c>b/c,              a>b | c>b/c",
    "out and over,    a/x>y y>z,              y>z | a/x>y",
    "new place,       a>n/a +n,               +n | a>n/a",
    "deep new place,  a>n/m/a +n +n/m,        +n | +n/m | a>n/m/a",
    "in place of a directory that moved, a>b c>a/c +a, a>b | +a | c>a/c",
    "room below,      d/x>y f>d,              d/x>y | f>d",
  })
  void ordersMoves(String what, String given, String expected) {
    assertThat(order(given)).as(what).isEqualTo(expected);
  }

  private String order(String given) {
    List<Move> moves = new ArrayList<>();
    Map<RelPath, SourceEntry> directories = new TreeMap<>();
    for (String each : given.split(" ")) {
      if (each.startsWith("+")) {
        directories.put(path(each.substring(1)), directory(0755));
      } else {
        String[] ends = each.split(">");
        moves.add(new Move(path(ends[0]), path(ends[1]), file(1), null));
      }
    }
    List<String> waves = new ArrayList<>();
    for (MoveOrder.Wave wave :
        MoveOrder.of(moves, directories, () -> "t" + names.incrementAndGet())) {
      List<String> shown = new ArrayList<>();
      wave.directories().keySet().forEach(made -> shown.add("+" + made));
      wave.moves().forEach(move -> shown.add(move.from() + ">" + move.to()));
      waves.add(String.join(" ", shown));
    }
    return String.join(" | ", waves);
  }

  @Test
  void overwritesNothingThatIsStillNeededWhateverThePermutation() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      List<String> places = new ArrayList<>(Arrays.asList("a", "b", "c", "d", "e", "f", "g"));
      Map<String, String> before = new HashMap<>();
      places.forEach(place -> before.put(place, "what was at " + place));
      List<String> to = new ArrayList<>(places);
      Collections.shuffle(to, random);
      List<Move> moves = new ArrayList<>();
      Map<String, String> wanted = new HashMap<>(before);
      for (int i = 0; i < places.size(); i++) {
        if (!places.get(i).equals(to.get(i))) {
          moves.add(new Move(path(places.get(i)), path(to.get(i)), file(1), null));
          wanted.put(to.get(i), before.get(places.get(i)));
        }
      }

      Map<String, String> now = new HashMap<>(before);
      for (MoveOrder.Wave wave :
          MoveOrder.of(moves, Map.of(), () -> "t" + names.incrementAndGet())) {
        for (Move move : wave.moves()) {
          String moved = now.remove(move.from().latin1());
          assertThat(now.put(move.to().latin1(), moved)).as("seed %d: %s", seed, move).isNull();
        }
      }

      assertThat(now).as("seed %d", seed).isEqualTo(wanted);
    }
  }
}
