/** Measures a whole mirror without a disk or a network. */
@NullMarked
package io.relais.microbenchmark;

import org.jspecify.annotations.NullMarked;
