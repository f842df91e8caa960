/**
 * When to switch and when to go back: pure functions over records, time passed in. Imports only the
 * JDK and Guava.
 */
@NullMarked
package io.relais.failover.decide;

import org.jspecify.annotations.NullMarked;
