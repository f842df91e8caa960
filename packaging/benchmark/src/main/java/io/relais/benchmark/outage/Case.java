package io.relais.benchmark.outage;

import io.relais.failover.e2e.FailoverBed;

/**
 * One thing to measure.
 *
 * @param holder who holds the zone
 * @param worst whether production fails just after it was looked at, or at a random time
 */
record Case(Mode mode, Outage outage, FailoverBed.Holder holder, boolean worst) {}
