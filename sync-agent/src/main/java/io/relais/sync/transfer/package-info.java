/** Carries out a plan at the target, with many steps under way, and says what became of each. */
@NullMarked
package io.relais.sync.transfer;

import org.jspecify.annotations.NullMarked;
