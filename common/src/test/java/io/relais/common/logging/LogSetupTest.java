package io.relais.common.logging;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import io.relais.common.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

final class LogSetupTest {
  private final LoggerContext context = new LoggerContext();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource({
    "'', INFO, INFO",
    "'', WARN, WARN",
    "debug, INFO, DEBUG",
    "TRACE, INFO, TRACE",
    "' error ', INFO, ERROR",
    "loud, WARN, WARN"
  })
  void theEnvironmentsLevelWins(String variable, Level level, Level effective) {
    configure(variable, level);

    assertThat(lowest("io.relais.sync.X")).isEqualTo(effective);
    assertThat(lowest("io.relais")).isEqualTo(effective);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"org.apache.sshd.X", "net.i2p.crypto.X", "io.methvin.X", "org.xbill.DNS.X"})
  void noisyLibrariesLogErrorsUnlessTheEnvironmentAsksForMore(String logger) {
    configure("", Level.DEBUG);
    assertThat(lowest(logger)).isEqualTo(Level.ERROR);

    configure("info", Level.INFO);
    assertThat(lowest(logger)).isEqualTo(Level.ERROR);

    configure("debug", Level.INFO);
    assertThat(lowest(logger)).isEqualTo(Level.DEBUG);
  }

  @Test
  void whatIsThrownAsWellIsNotLogged() {
    configure("", Level.DEBUG);
    assertThat(lowest("org.sqlite.SQLiteJDBCLoader")).isNull();

    configure("debug", Level.INFO);
    assertThat(lowest("org.sqlite.SQLiteJDBCLoader")).isEqualTo(Level.DEBUG);
  }

  @Test
  void librariesLogWarningsUnlessTheEnvironmentAsksForMore() {
    configure("", Level.DEBUG);
    assertThat(lowest("org.example")).isEqualTo(Level.WARN);

    configure("debug", Level.INFO);
    assertThat(lowest("org.example")).isEqualTo(Level.DEBUG);
  }

  @Test
  void librariesNeverTraceBecauseThatWouldLogSecrets() {
    configure("trace", Level.INFO);

    assertThat(lowest("org.apache.sshd.X")).isEqualTo(Level.DEBUG);
  }

  @Test
  void whatLibrariesWriteToJavasOwnLoggingComesOutTheSameWay() {
    LogSetup.apply(Map.of("RELAIS_LOG", "trace"), Level.INFO, new PrintStream(written, true));
    var library = java.util.logging.Logger.getLogger("org.example.library");
    library.setLevel(java.util.logging.Level.ALL);
    library.log(java.util.logging.Level.WARNING, "leaked {0}", "a connection");
    library.fine("the password is 4711");

    assertThat(written.toString(UTF_8))
        .contains("WARN org.example.library: leaked a connection")
        .doesNotContain("4711");
  }

  @Test
  void aLevelThatIsNoneIsWarnedAbout() {
    configure("loud\n", Level.INFO);

    assertThat(written.toString(UTF_8))
        .isEqualTo(
            "<4>RELAIS_LOG='loud\\n' is not a valid level; write error, warn, info, debug or trace\n");
  }

  @Test
  void calledAgainItStartsAfresh() {
    configure("", Level.INFO);
    configure("", Level.INFO);
    context.getLogger("io.relais.X").info("once");

    assertThat(written.toString(UTF_8)).isEqualTo("<6>once\n");
  }

  @Test
  void namesSurviveALocaleThatLacksTheirLetters() {
    configure("", Level.INFO);
    context.getLogger("io.relais.X").info("{} sent", "été 日本");

    assertThat(written.toString(UTF_8)).isEqualTo("<6>été 日本 sent\n");
  }

  @Test
  void aProgramLogsOnStandardErrorOnly(@TempDir Path directory) throws Exception {
    Path err = directory.resolve("err");

    assertThat(run(err, Map.of())).isEmpty();
    assertThat(Files.readString(err))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d) INFO ready\n");
  }

  @Test
  void aServiceLogsAsTheJournalReadsIt(@TempDir Path directory) throws Exception {
    Path err = Files.createFile(directory.resolve("err"));
    Map<String, Object> identity = Files.readAttributes(err, "unix:dev,ino");
    String stream = identity.get("dev") + ":" + identity.get("ino");

    assertThat(run(err, Map.of("JOURNAL_STREAM", stream, "RELAIS_LOG", "debug"))).isEmpty();
    assertThat(Files.readString(err))
        .isEqualTo("<6>ready\n<7>details\n<4>org.apache.sshd.X: noise\n");
  }

  private void configure(String variable, Level level) {
    LogSetup.configure(
        context,
        Map.of("RELAIS_LOG", variable),
        level,
        Destination.JOURNAL,
        new PrintStream(written, false, US_ASCII));
  }

  /** The lowest level at which the logger writes; null where it is silent. */
  private @Nullable Level lowest(String logger) {
    return Stream.of(Level.values())
        .filter(level -> context.getLogger(logger).isEnabledForLevel(level))
        .min(Comparator.comparingInt(Level::toInt))
        .orElse(null);
  }

  /** What the program writes on standard output. */
  private static String run(Path err, Map<String, String> environment) throws Exception {
    ProcessBuilder builder = ChildJvm.of(Program.class).redirectError(err.toFile());
    builder.environment().remove("JOURNAL_STREAM");
    builder.environment().remove("RELAIS_LOG");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    return out;
  }

  /** A program that logs. */
  static final class Program {
    private static final Logger LOG = LoggerFactory.getLogger(Program.class);

    private Program() {}

    public static void main(String[] args) {
      LogSetup.apply(System.getenv(), Level.INFO, System.err);
      LOG.info("ready");
      LOG.debug("details");
      LoggerFactory.getLogger("org.apache.sshd.X").warn("noise");
    }
  }
}
