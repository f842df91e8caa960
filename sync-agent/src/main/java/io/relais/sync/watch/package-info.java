/**
 * Tells where the source may have changed: hints, never facts. The only package that knows
 * io.methvin, and inotify.
 */
@NullMarked
package io.relais.sync.watch;

import org.jspecify.annotations.NullMarked;
