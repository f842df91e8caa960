package io.relais.failover.config;

import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.Setting;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** Settings that no value appears twice. */
final class UniqueValues {
  private final Map<Object, Setting<?>> seen = new HashMap<>();
  private final String advice;

  /**
   * Creates an empty one.
   *
   * @param advice what to do about the second, without a full stop
   */
  UniqueValues(String advice) {
    this.advice = advice;
  }

  /** Notes a mistake at the place if an equal value was added before. */
  void add(Object value, Setting<?> place) {
    Setting<?> earlier = seen.putIfAbsent(value, place);
    if (earlier != null) {
      place.problem(
          "%s already appears on line %d; %s"
              .formatted(Printable.quoted(text(value)), earlier.line(), advice));
    }
  }

  private static String text(Object value) {
    return value instanceof InetAddress address
        ? InetAddresses.toAddrString(address)
        : value.toString();
  }

  /** The same for a setting, if it has a value. */
  <T> Setting<T> add(Setting<T> setting) {
    setting.value().ifPresent(value -> add(value, setting));
    return setting;
  }
}
