/** Notifies the operator: queued on disk, retried, never in the way. */
@NullMarked
package io.relais.failover.notify;

import org.jspecify.annotations.NullMarked;
