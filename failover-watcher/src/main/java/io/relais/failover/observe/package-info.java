/**
 * One round's observation: production, and everything else that tells whether it is really down.
 */
@NullMarked
package io.relais.failover.observe;

import org.jspecify.annotations.NullMarked;
