/**
 * Remembers, across restarts and crashes, what was confirmed at the target: one SQLite database for
 * each mirror. Losing it costs a comparison, never data. The only package that knows org.sqlite.
 */
@NullMarked
package io.relais.sync.index;

import org.jspecify.annotations.NullMarked;
