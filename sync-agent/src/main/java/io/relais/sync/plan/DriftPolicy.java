package io.relais.sync.plan;

/** What is done about entries that somebody else has changed at the target. */
public enum DriftPolicy {
  /** They are told, and made again what they should be. */
  REPAIR,
  /** They are told, and left as they are until the source changes there. */
  REPORT,
  /** Nothing more is done at the target until an operator decides. */
  HALT
}
