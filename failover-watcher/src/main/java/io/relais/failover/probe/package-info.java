/** Asks one thing whether it answers as it should: HTTP, TCP and DNS. */
@NullMarked
package io.relais.failover.probe;

import org.jspecify.annotations.NullMarked;
