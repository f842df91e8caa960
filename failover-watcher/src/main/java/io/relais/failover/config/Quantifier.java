package io.relais.failover.config;

/** How many of several. */
public enum Quantifier {
  ALL,
  ANY
}
