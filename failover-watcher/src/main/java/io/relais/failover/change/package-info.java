/**
 * A change of the zone as one thing that survives a kill at any point: journalled, applied,
 * published, verified.
 */
@NullMarked
package io.relais.failover.change;

import org.jspecify.annotations.NullMarked;
