/** Microbenchmarks of {@code io.relais.sync.source}, in its package for what is private to it. */
@NullMarked
package io.relais.sync.source;

import org.jspecify.annotations.NullMarked;
