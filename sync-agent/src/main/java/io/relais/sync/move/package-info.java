/** Detects what was renamed at the source, and repeats it at the target instead of sending. */
@NullMarked
package io.relais.sync.move;

import org.jspecify.annotations.NullMarked;
