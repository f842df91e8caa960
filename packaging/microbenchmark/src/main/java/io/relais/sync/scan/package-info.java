/** Microbenchmarks of {@code io.relais.sync.scan}, in its package for what is private to it. */
@NullMarked
package io.relais.sync.scan;

import org.jspecify.annotations.NullMarked;
