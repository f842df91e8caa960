/** Keeps a name for the backup itself up to date. */
@NullMarked
package io.relais.failover.dyndns;

import org.jspecify.annotations.NullMarked;
