/** What the mirror leaves next to its copy, and the watcher reads there: a sign of freshness. */
@NullMarked
package io.relais.common.heartbeat;

import org.jspecify.annotations.NullMarked;
