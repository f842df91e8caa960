package io.relais.common.promotion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PromotionFileTest {
  private static final Promotion FULL =
      new Promotion(
          "20261123T040000Z-1f3a",
          3,
          Instant.parse("2026-11-23T04:00:00Z"),
          "198.51.100.7",
          "production does not answer");

  @TempDir private Path directory;

  @Test
  void readsWhatWasWritten() throws IOException {
    Path file = directory.resolve(PromotionFile.fileName("site"));
    assertThatThrownBy(() -> PromotionFile.read(file)).isInstanceOf(NoSuchFileException.class);
    Files.write(file, PromotionFile.toBytes(FULL));

    assertThat(PromotionFile.read(file)).isEqualTo(FULL);
    assertThat(file)
        .hasContent(
            "{\"version\":1,\"id\":\"20261123T040000Z-1f3a\",\"generation\":3,"
                + "\"at\":\"2026-11-23T04:00:00Z\",\"address\":\"198.51.100.7\","
                + "\"reason\":\"production does not answer\"}\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "{\"version\":2}", "{\"version\":1,\"id\":\"x\"}"})
  void refusesWhatIsNotOneAndSaysWhich(String text) {
    assertThatThrownBy(() -> PromotionFile.parse("the-record", text.getBytes(UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the-record");
  }
}
