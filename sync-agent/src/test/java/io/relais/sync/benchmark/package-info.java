/** Programs that measure; they are run by hand, and are no tests. */
@NullMarked
package io.relais.sync.benchmark;

import org.jspecify.annotations.NullMarked;
