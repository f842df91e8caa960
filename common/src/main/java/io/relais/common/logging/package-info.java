/**
 * How a daemon logs: to standard error, one line for each event, as a terminal or journald reads
 * it.
 */
@NullMarked
package io.relais.common.logging;

import org.jspecify.annotations.NullMarked;
