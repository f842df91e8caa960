/** Runs programs of the user's: bounded in time and output, and ended with all that they began. */
@NullMarked
package io.relais.failover.process;

import org.jspecify.annotations.NullMarked;
