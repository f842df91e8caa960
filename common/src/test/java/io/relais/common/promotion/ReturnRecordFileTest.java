package io.relais.common.promotion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ReturnRecordFileTest {
  private static final String TEXT =
      "{\"version\":1,\"promotion\":\"20261123T040000Z-1f3a\",\"at\":\"2026-11-23T09:30:00Z\","
          + "\"new\":3,\"edited\":2,\"deleted\":0,\"conflicts\":1,"
          + "\"settled_by\":\"sync-agent pull --apply\"}\n";

  private static ReturnRecord parse(String text) throws IOException {
    return ReturnRecordFile.parse("the file", text.getBytes(UTF_8));
  }

  @Test
  void isReadAsItIsWritten() throws IOException {
    ReturnRecord expected =
        new ReturnRecord(
            "20261123T040000Z-1f3a",
            Instant.parse("2026-11-23T09:30:00Z"),
            3,
            2,
            0,
            1,
            "sync-agent pull --apply");

    assertThat(new String(ReturnRecordFile.toBytes(expected), UTF_8)).isEqualTo(TEXT);
    assertThat(parse(TEXT)).isEqualTo(expected);
    assertThat(ReturnRecordFile.fileName("site")).isEqualTo(".relais-site.return.json");
  }

  /** Whoever waits for it to be settled must not take something else for it. */
  @Test
  void anythingElseIsRefused() {
    assertThatThrownBy(() -> parse("settled")).hasMessageContaining("is not JSON");
    assertThatThrownBy(() -> parse(TEXT.replace("\"version\":1", "\"version\":2")))
        .hasMessageContaining("has version 2");
    assertThatThrownBy(() -> parse(TEXT.replace("\"new\":3", "\"new\":-3")))
        .hasMessageContaining("'new' is not a whole number");
    assertThatThrownBy(() -> parse(TEXT.replace("\"promotion\"", "\"other\"")))
        .hasMessageContaining("'promotion' is not a text");
  }
}
