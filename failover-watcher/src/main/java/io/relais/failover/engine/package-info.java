/** One round: probe, decide, act; the daemon only loops. */
@NullMarked
package io.relais.failover.engine;

import org.jspecify.annotations.NullMarked;
