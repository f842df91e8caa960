/** The port to the place that a mirror is kept at, and what decorates it. */
@NullMarked
package io.relais.sync.remote;

import org.jspecify.annotations.NullMarked;
