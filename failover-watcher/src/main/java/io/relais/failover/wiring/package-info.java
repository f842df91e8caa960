/** Builds the program out of its configuration, and connects it with the process it runs in. */
@NullMarked
package io.relais.failover.wiring;

import org.jspecify.annotations.NullMarked;
