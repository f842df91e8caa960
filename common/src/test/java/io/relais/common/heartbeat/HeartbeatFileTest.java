package io.relais.common.heartbeat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class HeartbeatFileTest {
  private static final Instant AT = Instant.parse("2026-11-23T04:00:00.123Z");
  private static final Heartbeat FULL =
      new Heartbeat(
          "site@spare",
          42,
          AT,
          Optional.of(AT.minusSeconds(30)),
          Optional.of(AT.minusSeconds(10)),
          7,
          Optional.of(
              new Heartbeat.Standing(
                  "halted", 3, 2, 1, 4, Optional.of(5L), Optional.of("why"), Optional.of("id"))));

  @TempDir private Path directory;

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("heartbeat"), text);
  }

  @Test
  void readsWhatWasWritten() throws Exception {
    Heartbeat never =
        new Heartbeat("site", 1, AT, Optional.empty(), Optional.empty(), 0, Optional.empty());

    assertThat(HeartbeatFile.read(write(new String(HeartbeatFile.toBytes(FULL), UTF_8))))
        .isEqualTo(FULL);
    assertThat(HeartbeatFile.read(write(new String(HeartbeatFile.toBytes(never), UTF_8))))
        .isEqualTo(never);
  }

  @Test
  void isReadableByAPerson() {
    assertThat(new String(HeartbeatFile.toBytes(FULL), UTF_8))
        .isEqualTo(
            "{\"version\":1,\"mirror\":\"site@spare\",\"sequence\":42,"
                + "\"at\":\"2026-11-23T04:00:00.123Z\","
                + "\"in_sync_at\":\"2026-11-23T03:59:30.123Z\","
                + "\"applied_until\":\"2026-11-23T03:59:50.123Z\",\"pending\":7,"
                + "\"state\":\"halted\",\"failing\":3,\"missing\":2,\"superfluous\":1,"
                + "\"generation\":4,\"free_bytes\":5,\"halted\":\"why\",\"promotion\":\"id\"}\n");
  }

  @Test
  void passesOverWhatANewerAgentAdds() throws Exception {
    String text = new String(HeartbeatFile.toBytes(FULL), UTF_8).replace("}", ",\"more\":[1]}");

    assertThat(HeartbeatFile.read(write(text))).isEqualTo(FULL);
  }

  @Test
  void readsWhatAnOlderAgentLeft() throws Exception {
    Heartbeat old =
        HeartbeatFile.read(
            write(
                "{\"version\":1,\"mirror\":\"site\",\"sequence\":42,"
                    + "\"at\":\"2026-11-23T04:00:00Z\","
                    + "\"in_sync_at\":\"2026-11-23T03:59:30Z\",\"pending\":7}"));

    assertThat(old.standing()).isEmpty();
    assertThat(old.completeUntil()).contains(Instant.parse("2026-11-23T03:59:30Z"));
    assertThat(FULL.completeUntil()).isEqualTo(FULL.appliedUntil());
  }

  @Test
  void saysThatThereIsNone() {
    assertThatThrownBy(() -> HeartbeatFile.read(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void refusesAnotherVersionAndSaysWhatToDo() throws Exception {
    Path file = write("{\"version\":2,\"beat\":{}}");

    assertThatThrownBy(() -> HeartbeatFile.read(file))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("version 2")
        .hasMessageContaining("update this program");
  }

  static String[] noHeartbeats() {
    String good = new String(HeartbeatFile.toBytes(FULL), UTF_8).strip();
    return new String[] {
      "",
      "{",
      "null",
      "[]",
      "\"text\"",
      "{}",
      good + good,
      good.replace("\"version\":1,", ""),
      good.replace("\"version\":1", "\"version\":\"1\""),
      good.replace("\"pending\":7", "\"pending\":7,\"pending\":8"),
      good.replace("\"pending\":7", "\"pending\":7.5"),
      good.replace("\"pending\":7", "\"pending\":-7"),
      good.replace("\"sequence\":42", "\"sequence\":99999999999999999999"),
      good.replace("\"sequence\":42,", ""),
      good.replace("\"site@spare\"", "\"\""),
      good.replace("\"site@spare\"", "5"),
      good.replace("2026-11-23T04:00:00.123Z", "yesterday"),
      good.replace("\"2026-11-23T03:59:30.123Z\"", "null"),
      good.substring(0, 40),
      good + " ".repeat(5000)
    };
  }

  @ParameterizedTest
  @MethodSource("noHeartbeats")
  void refusesWhatIsNoHeartbeat(String text) throws Exception {
    Path file = write(text);

    assertThatThrownBy(() -> HeartbeatFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("heartbeat");
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> HeartbeatFile.read(directory))
        .hasMessageContaining("is not a regular file");
  }

  @ParameterizedTest
  @CsvSource({
    ".relais-site.heartbeat.json, true",
    ".relais-.heartbeat.json, false",
    ".relais-0123abcd-0123456789ab, false",
    "site.heartbeat.json, false",
    ".relais-site.json, false"
  })
  void knowsItsOwnNames(String name, boolean ours) {
    assertThat(Heartbeat.isFileName(name)).isEqualTo(ours);
    assertThat(Heartbeat.isFileName(Heartbeat.fileName("x"))).isTrue();
  }
}
