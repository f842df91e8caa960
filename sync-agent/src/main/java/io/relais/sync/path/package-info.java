/** Paths as Linux has them, bytes and not text, and how they are shown. */
@NullMarked
package io.relais.sync.path;

import org.jspecify.annotations.NullMarked;
