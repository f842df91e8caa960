package io.relais.failover.decide;

/** How a change of the records stands. */
public enum ChangeStatus {
  /** There is none. */
  NONE,
  /** The provider accepted it, and not all authoritative servers show it yet. */
  UNDER_WAY,
  /** Seen at the authoritative servers. */
  VERIFIED,
  /** The last step failed; it will be tried again. */
  RETRYING,
  /** It can't succeed before somebody fixes what is in its way. */
  REFUSED
}
