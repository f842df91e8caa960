/** Looks, while all is well, at what would make a change of the records fail in an outage. */
@NullMarked
package io.relais.failover.selfcheck;

import org.jspecify.annotations.NullMarked;
