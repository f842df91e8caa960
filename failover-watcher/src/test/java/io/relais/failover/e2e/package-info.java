/** The program as a process, among real servers on loopback. */
@NullMarked
package io.relais.failover.e2e;

import org.jspecify.annotations.NullMarked;
