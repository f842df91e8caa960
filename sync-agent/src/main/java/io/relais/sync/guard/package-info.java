/** Whether a plan looks like an accident at the source, and must wait for the operator. */
@NullMarked
package io.relais.sync.guard;

import org.jspecify.annotations.NullMarked;
