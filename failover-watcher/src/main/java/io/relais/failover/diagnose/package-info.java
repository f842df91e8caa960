/** What an operator can have tried: what doctor and drill ask, and the drill. */
@NullMarked
package io.relais.failover.diagnose;

import org.jspecify.annotations.NullMarked;
