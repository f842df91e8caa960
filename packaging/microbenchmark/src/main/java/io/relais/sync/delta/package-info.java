/** Microbenchmarks of {@code io.relais.sync.delta}, in its package for what is private to it. */
@NullMarked
package io.relais.sync.delta;

import org.jspecify.annotations.NullMarked;
