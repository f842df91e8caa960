/** Tells where the source may have changed: hints, never facts. */
@NullMarked
package io.relais.sync.watch;

import org.jspecify.annotations.NullMarked;
