package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;

/** What the known_hosts files say of a key that a host shows. */
public sealed interface Verdict {
  /** The host has this key. */
  record Trusted(KnownKey key) implements Verdict {}

  /** The files have no key for the host. */
  record Unknown() implements Verdict {}

  /**
   * The files have keys for the host, and this is none of them.
   *
   * @param expected those they have, in file order; at least one
   */
  record Changed(ImmutableList<KnownKey> expected) implements Verdict {}

  /** A line of the files withdraws the key. */
  record Revoked(KnownKey key) implements Verdict {}
}
