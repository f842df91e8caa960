package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The log says what was sent and what was set, not what was only looked at. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class CountsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Pattern ROUND = Pattern.compile("site: (.*) in [\\d.]+ m?s");
  private static final Pattern PARTLY_SENT =
      Pattern.compile("1 file \\(8,388,708 bytes, ([\\d,]+) of them sent\\)");

  @TempDir Path directory;
  private int seen;

  /** What the log says of each round since the last call, once both sides are equal. */
  private List<String> newRounds(Rig rig) {
    rig.awaitEqual(LIMIT);
    // A round is logged after its state is shown.
    await().atMost(LIMIT).until(() -> rounds(rig).size() > seen);
    List<String> all = rounds(rig);
    List<String> fresh = all.subList(seen, all.size());
    seen = all.size();
    return fresh;
  }

  private static List<String> rounds(Rig rig) {
    return ROUND.matcher(rig.said()).results().map(round -> round.group(1)).toList();
  }

  @Test
  void countsWhatIsSentAndWhatIsSet() throws Exception {
    byte[] content = new byte[8 << 20];
    new Random(1).nextBytes(content);
    try (Rig rig = Rig.in(directory, "")) {
      Path large = Files.write(rig.source().resolve("large"), content);
      Path small = Files.writeString(rig.source().resolve("small"), "five\n");
      rig.startAgent();
      assertThat(newRounds(rig)).contains("1 file (8,388,608 bytes)");

      Files.setLastModifiedTime(large, FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
      assertThat(newRounds(rig)).containsExactly("1 attribute");
      Files.setPosixFilePermissions(large, PosixFilePermissions.fromString("rw-rw-r--"));
      assertThat(newRounds(rig)).containsExactly("1 attribute");
      // A small file that is saved again is sent again: nobody knows how its copy is by now.
      Files.setLastModifiedTime(small, FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
      assertThat(newRounds(rig)).containsExactly("1 file (5 bytes)");

      // The same once more.
      Files.write(large, content);
      assertThat(newRounds(rig)).containsExactly("1 attribute");

      Files.write(large, new byte[100], StandardOpenOption.APPEND);
      assertThat(newRounds(rig))
          .anySatisfy(
              round -> {
                Matcher partly = PARTLY_SENT.matcher(round);
                assertThat(partly.matches()).as(round).isTrue();
                assertThat(Long.parseLong(partly.group(1).replace(",", "")))
                    .isBetween(100L, 200_000L);
              });

      Files.writeString(small, "six bytes");
      assertThat(newRounds(rig)).contains("1 file (9 bytes)");
    }
  }
}
