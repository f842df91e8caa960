/** How a mirror stands, in one place: what status, the log, systemd and the heartbeat all say. */
@NullMarked
package io.relais.sync.status;

import org.jspecify.annotations.NullMarked;
