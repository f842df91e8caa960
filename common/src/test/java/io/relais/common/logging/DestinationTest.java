package io.relais.common.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DestinationTest {
  @TempDir Path directory;
  private Path descriptor;

  @BeforeEach
  void nameTheDescriptor() {
    descriptor = directory.resolve("2");
  }

  @AfterEach
  void removeTheDescriptor() throws IOException {
    // JUnit warns of links that lead out of its directory.
    Files.deleteIfExists(descriptor);
  }

  @Test
  void isTheJournalWhenItIsTheStreamThatWasNamed() throws IOException {
    Path stream = Files.createFile(directory.resolve("stream"));
    Files.createSymbolicLink(descriptor, stream);
    Map<String, Object> identity = Files.readAttributes(stream, "unix:dev,ino");
    String named = identity.get("dev") + ":" + identity.get("ino");

    assertThat(of(Map.of("JOURNAL_STREAM", named))).isEqualTo(Destination.JOURNAL);
  }

  @Test
  void isNotTheJournalWhenTheStreamWasInheritedAndRedirected() throws IOException {
    Files.createSymbolicLink(descriptor, Files.createFile(directory.resolve("stream")));

    assertThat(of(Map.of("JOURNAL_STREAM", "8:1"))).isEqualTo(Destination.FILE);
  }

  @Test
  void isTheJournalWhereNothingCanBeCompared() {
    assertThat(of(Map.of("JOURNAL_STREAM", "8:1"))).isEqualTo(Destination.JOURNAL);
    assertThat(of(Map.of())).isEqualTo(Destination.FILE);
    assertThat(of(Map.of("JOURNAL_STREAM", ""))).isEqualTo(Destination.FILE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/pts/7", "/dev/tty1", "/dev/ttyS0", "/dev/console"})
  void isATerminal(String device) throws IOException {
    Files.createSymbolicLink(descriptor, Path.of(device));

    assertThat(of(Map.of())).isEqualTo(Destination.TERMINAL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/null", "/var/log/x", "pipe:[123]", "socket:[123]"})
  void isAFile(String target) throws IOException {
    Files.createSymbolicLink(descriptor, Path.of(target));

    assertThat(of(Map.of())).isEqualTo(Destination.FILE);
  }

  private Destination of(Map<String, String> environment) {
    return Destination.of(environment, descriptor);
  }
}
