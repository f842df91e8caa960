/** Microbenchmarks of {@code io.relais.sync.transfer}, in its package for what is private to it. */
@NullMarked
package io.relais.sync.transfer;

import org.jspecify.annotations.NullMarked;
