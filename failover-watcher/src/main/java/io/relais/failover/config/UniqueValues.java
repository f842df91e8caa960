package io.relais.failover.config;

import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.Setting;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** Values of which each may be there only once. */
final class UniqueValues {
  private final Map<Object, Setting<?>> seen = new HashMap<>();
  private final String advice;

  /**
   * Makes one.
   *
   * @param advice what to do about the second, without a dot
   */
  UniqueValues(String advice) {
    this.advice = advice;
  }

  /** Notes a mistake at the place if an equal value was there before. */
  void add(Object value, Setting<?> place) {
    Setting<?> earlier = seen.putIfAbsent(value, place);
    if (earlier != null) {
      place.problem(
          "%s stands at line %d already; %s"
              .formatted(Printable.quoted(text(value)), earlier.line(), advice));
    }
  }

  private static String text(Object value) {
    return value instanceof InetAddress address
        ? InetAddresses.toAddrString(address)
        : value.toString();
  }

  /** The same, for a value that there may not be. */
  <T> Setting<T> add(Setting<T> setting) {
    setting.value().ifPresent(value -> add(value, setting));
    return setting;
  }
}
