/** Stand-ins for the world, for the tests of all packages. */
@NullMarked
package io.relais.failover.testbed;

import org.jspecify.annotations.NullMarked;
