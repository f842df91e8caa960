/** Tells systemd how the service is: sd_notify(3) without libsystemd. */
@NullMarked
package io.relais.common.systemd;

import org.jspecify.annotations.NullMarked;
