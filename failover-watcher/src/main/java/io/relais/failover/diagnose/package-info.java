/** What an operator can have tried: the doctor and the drill. */
@NullMarked
package io.relais.failover.diagnose;

import org.jspecify.annotations.NullMarked;
