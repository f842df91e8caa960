package io.relais.common.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(60)
final class SystemdNotifierTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(SystemdNotifier.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @TempDir Path directory;

  @BeforeEach
  void keepTheLog() {
    log.start();
    logger.setLevel(Level.DEBUG);
    logger.setAdditive(false);
    logger.addAppender(log);
  }

  @AfterEach
  void giveTheLogBack() {
    logger.detachAppender(log);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  @Test
  void systemdHearsEachState() throws Exception {
    String address = directory.resolve("notify").toString();
    try (ReceivingSocket systemd = new ReceivingSocket(address)) {
      SystemdNotifier notifier = at(address);

      notifier.ready();
      notifier.status("3 mirrors in sync");
      notifier.watchdog();
      notifier.stopping();

      assertThat(systemd.receive()).isEqualTo("READY=1");
      assertThat(systemd.receive()).isEqualTo("STATUS=3 mirrors in sync");
      assertThat(systemd.receive()).isEqualTo("WATCHDOG=1");
      assertThat(systemd.receive()).isEqualTo("STOPPING=1");
      assertThat(systemd.receive()).isEmpty();
    }
  }

  @Test
  void anAbstractNameWorksToo() throws Exception {
    String address = "@relais-test/" + UUID.randomUUID();
    try (ReceivingSocket systemd = new ReceivingSocket(address)) {
      at(address).ready();

      assertThat(systemd.receive()).isEqualTo("READY=1");
    }
  }

  @Test
  void aReloadSaysWhenItBeganOnTheMonotonicClock() throws Exception {
    String address = directory.resolve("notify").toString();
    try (ReceivingSocket systemd = new ReceivingSocket(address)) {
      // HotSpot's nanoTime is that clock on Linux.
      long before = System.nanoTime() / 1000;
      at(address).reloading();
      long after = System.nanoTime() / 1000;

      String message = systemd.receive();
      assertThat(message).startsWith("RELOADING=1\nMONOTONIC_USEC=");
      assertThat(Long.parseLong(message.substring(message.lastIndexOf('=') + 1)))
          .isBetween(before, after);
    }
  }

  @Test
  void aStatusCanNotForgeAnotherField() throws Exception {
    String address = directory.resolve("notify").toString();
    try (ReceivingSocket systemd = new ReceivingSocket(address)) {
      at(address).status("can't read 'a\nSTOPPING=1'\r\n");

      assertThat(systemd.receive()).isEqualTo("STATUS=can't read 'a\\nSTOPPING=1'\\r\\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\u0001", "日", "\uDBFF\uDFFF"})
  void aStatusFitsInWhatSystemdReads(String character) throws Exception {
    String address = directory.resolve("notify").toString();
    try (ReceivingSocket systemd = new ReceivingSocket(address)) {
      at(address).status(character.repeat(5000));

      String message = systemd.receive();
      assertThat(message).startsWith("STATUS=").endsWith("...");
      assertThat(message.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(4096);
    }
  }

  @Test
  void outsideSystemdNothingHappens() {
    SystemdNotifier notifier = SystemdNotifier.of(Map.of("WATCHDOG_USEC", "1000"));

    assertThat(notifier.watchdogInterval()).isEmpty();
    assertThatCode(() -> useAll(notifier)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "/", "@", "vsock:2:1", "-"})
  void anAddressOfAnotherKindIsNeverFatal(String address) {
    SystemdNotifier notifier = at(address);

    assertThatCode(() -> useAll(notifier)).doesNotThrowAnyException();
  }

  @Test
  void anAddressMayHave108Bytes() throws Exception {
    String longest = "@" + UUID.randomUUID() + "x".repeat(71);
    try (ReceivingSocket systemd = new ReceivingSocket(longest)) {
      at(longest).ready();
      at(longest + "x").ready();

      assertThat(systemd.receive()).isEqualTo("READY=1");
      assertThat(systemd.receive()).isEmpty();
    }
    assertThatCode(() -> NotifySocket.address("/" + "x".repeat(106))).doesNotThrowAnyException();
    assertThatCode(() -> NotifySocket.address("/" + "x".repeat(107)))
        .hasMessageStartingWith("no name of a unix socket: '/xxx");
  }

  @Test
  void whenNobodyListensItIsLoggedOnceAtDebug() {
    SystemdNotifier notifier = at(directory.resolve("none").toString());
    notifier.ready();
    notifier.ready();

    assertThat(log.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.DEBUG);
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("systemd can't be told 'READY=1': sendto failed with error number 2");
  }

  @Test
  void aSystemdThatDoesNotReadHoldsNobodyUp() throws Exception {
    String address = directory.resolve("notify").toString();
    try (ReceivingSocket systemd = new ReceivingSocket(address)) {
      NotifySocket socket = NotifySocket.of(address, Duration.ofMillis(1));
      // net.unix.max_dgram_qlen of a kernel may be raised, but not to this.
      assertThatCode(
              () -> {
                for (int i = 0; i < 1_000_000; i++) {
                  socket.send("WATCHDOG=1");
                }
              })
          .hasMessage("sendto failed with error number 11");

      assertThat(systemd.receive()).isEqualTo("WATCHDOG=1");
      assertThatCode(() -> socket.send("READY=1")).doesNotThrowAnyException();
    }
  }

  @Test
  void theWatchdogIsOursWhenItNamesUsOrNobody() {
    String self = Long.toString(ProcessHandle.current().pid());

    assertThat(watchdog(Map.of("WATCHDOG_USEC", "30000000")).watchdogInterval())
        .contains(Duration.ofSeconds(30));
    assertThat(watchdog(Map.of("WATCHDOG_USEC", "1", "WATCHDOG_PID", self)).watchdogInterval())
        .contains(Duration.ofNanos(1000));
    assertThat(watchdog(Map.of("WATCHDOG_USEC", "1", "WATCHDOG_PID", "1")).watchdogInterval())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "soon", "18446744073709551615"})
  void thereIsNoWatchdogWithoutAnInterval(String micros) {
    assertThat(watchdog(Map.of("WATCHDOG_USEC", micros)).watchdogInterval()).isEmpty();
  }

  private static SystemdNotifier at(String address) {
    return SystemdNotifier.of(Map.of("NOTIFY_SOCKET", address));
  }

  private static SystemdNotifier watchdog(Map<String, String> variables) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("NOTIFY_SOCKET", "/run/systemd/notify");
    return SystemdNotifier.of(environment);
  }

  private static void useAll(SystemdNotifier notifier) {
    notifier.ready();
    notifier.status("status");
    notifier.reloading();
    notifier.watchdog();
    notifier.stopping();
  }
}
