package io.relais.failover.decide;

/** What a change of the records is for. Journal and state file hold the names of the constants. */
public enum ChangeKind {
  /** To the backup. */
  SWITCH,
  /** To what a fail-back restores, also by a switch that is undone. */
  FAIL_BACK,
  /** To the backup's new address. */
  FOLLOW
}
