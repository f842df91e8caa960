/** Servers and certificates for tests of anything that talks over a network. */
@NullMarked
package io.relais.failover.testbed;

import org.jspecify.annotations.NullMarked;
