package io.relais.common.systemd;

import io.relais.common.Printable;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service's side of sd_notify(3). Outside systemd it does nothing.
 *
 * <p>No call throws: a service works as well when nobody hears of it. The first failure is logged
 * at debug. Safe for any thread; a call takes one second at most, when systemd does not read.
 */
public final class SystemdNotifier {
  private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);
  private static final Duration SEND_TIMEOUT = Duration.ofSeconds(1);

  /** In characters. systemd drops a message above 4096 bytes, and an escape has up to ten. */
  private static final int LONGEST_STATUS = 400;

  private final @Nullable NotifySocket socket;
  private final Optional<Duration> watchdogInterval;
  private final AtomicBoolean hasFailed = new AtomicBoolean();

  private SystemdNotifier(@Nullable NotifySocket socket, Optional<Duration> watchdogInterval) {
    this.socket = socket;
    this.watchdogInterval = watchdogInterval;
  }

  /**
   * Reads {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC} and {@code WATCHDOG_PID}, as systemd sets
   * them.
   */
  public static SystemdNotifier of(Map<String, String> environment) {
    return of(environment, SEND_TIMEOUT);
  }

  static SystemdNotifier of(Map<String, String> environment, Duration sendTimeout) {
    String address = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (address.isEmpty()) {
      return new SystemdNotifier(null, Optional.empty());
    }
    try {
      return new SystemdNotifier(
          NotifySocket.of(address, sendTimeout), readWatchdogInterval(environment));
    } catch (IOException e) {
      LOG.debug("systemd is told nothing: {}", e.getMessage());
      return new SystemdNotifier(null, Optional.empty());
    }
  }

  private static Optional<Duration> readWatchdogInterval(Map<String, String> environment) {
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    if (!pid.isEmpty() && !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return Optional.empty();
    }
    try {
      long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", ""));
      return micros > 0 ? Optional.of(Duration.of(micros, ChronoUnit.MICROS)) : Optional.empty();
    } catch (NumberFormatException e) {
      // Not set, or 2^64-1, which is systemd's infinity.
      return Optional.empty();
    }
  }

  /** Start-up, or a reload, is over. */
  public void ready() {
    send("READY=1");
  }

  /**
   * The line that {@code systemctl status} shows. Newlines and other controls are escaped; it is
   * cut after 400 characters.
   */
  public void status(String text) {
    send("STATUS=" + Printable.cut(text, LONGEST_STATUS));
  }

  /** The service has begun to stop. */
  public void stopping() {
    send("STOPPING=1");
  }

  /** The configuration is being read again. {@link #ready} must follow, also when that fails. */
  public void reloading() {
    if (socket != null) {
      send("RELOADING=1\nMONOTONIC_USEC=" + socket.monotonicMicros());
    }
  }

  /** The service is alive. Due at least once in each {@link #watchdogInterval}. */
  public void watchdog() {
    send("WATCHDOG=1");
  }

  /**
   * After how long without {@link #watchdog} systemd kills the service; call it twice as often.
   * Empty when there is no watchdog, or when it is another process's.
   */
  public Optional<Duration> watchdogInterval() {
    return watchdogInterval;
  }

  private void send(String message) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(message);
    } catch (IOException e) {
      if (hasFailed.compareAndSet(false, true)) {
        LOG.debug("systemd can't be told {}: {}", Printable.quoted(message), e.getMessage());
      }
    }
  }
}
