/** The port to the provider that holds the zone, and what DNS data is made of. */
@NullMarked
package io.relais.failover.dns;

import org.jspecify.annotations.NullMarked;
