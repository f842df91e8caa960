/** Tests of the whole program. */
@NullMarked
package io.relais.sync;

import org.jspecify.annotations.NullMarked;
