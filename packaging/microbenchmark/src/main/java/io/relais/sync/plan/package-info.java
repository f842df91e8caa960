/** Microbenchmarks of {@code io.relais.sync.plan}, in its package for what is private to it. */
@NullMarked
package io.relais.sync.plan;

import org.jspecify.annotations.NullMarked;
