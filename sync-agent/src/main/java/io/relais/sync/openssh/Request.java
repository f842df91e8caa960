package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What ssh would be called with: {@code ssh [-l user] [-p port] [-J jumps] alias}. These win over
 * everything that the files say.
 */
record Request(
    String alias,
    Optional<String> user,
    OptionalInt port,
    Optional<ImmutableList<Jump>> jumps,
    Optional<ConfigLocation> askedBy) {

  static Request of(String alias) {
    return new Request(
        alias, Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty());
  }

  /** How ssh calls itself for the last hop of a jump, the hops before it becoming its own jump. */
  static Request lastHop(ImmutableList<Jump> jumps, ConfigLocation askedBy) {
    Jump last = jumps.getLast();
    ImmutableList<Jump> before = jumps.subList(0, jumps.size() - 1);
    return new Request(
        last.host(),
        last.user(),
        last.port(),
        before.isEmpty() ? Optional.empty() : Optional.of(before),
        Optional.of(askedBy));
  }
}
