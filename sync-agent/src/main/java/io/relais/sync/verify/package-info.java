/** Reads copies back, and compares them with what is known of them. */
@NullMarked
package io.relais.sync.verify;

import org.jspecify.annotations.NullMarked;
