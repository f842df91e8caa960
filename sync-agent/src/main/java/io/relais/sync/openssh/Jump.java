package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One hop of a {@code ProxyJump}.
 *
 * @param user the login there; empty: as the configuration says for that host
 * @param host an alias of the configuration or a plain host name; an IPv6 address has no brackets
 * @param port empty: as the configuration says for that host
 */
public record Jump(Optional<String> user, String host, OptionalInt port) {
  @Override
  public String toString() {
    return user.map(name -> name + "@").orElse("")
        + (host.contains(":") ? "[" + host + "]" : host)
        + (port.isPresent() ? ":" + port.getAsInt() : "");
  }

  static String format(ImmutableList<Jump> jumps) {
    return String.join(",", jumps.stream().map(Jump::toString).toList());
  }
}
