/** Keeps sync-agent from changing the copies while they are live. */
@NullMarked
package io.relais.failover.promotion;

import org.jspecify.annotations.NullMarked;
