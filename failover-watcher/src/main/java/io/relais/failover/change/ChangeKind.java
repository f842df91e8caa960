package io.relais.failover.change;

/** What a change is for. */
public enum ChangeKind {
  SWITCH,
  FAIL_BACK,
  /** To the backup's new address. */
  FOLLOW
}
