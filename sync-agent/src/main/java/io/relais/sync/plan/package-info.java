/**
 * What to do to make the target equal to the source: pure functions over records. Nothing here
 * reads a disk or a network, and the only imports are the JDK's and Guava's.
 */
@NullMarked
package io.relais.sync.plan;

import org.jspecify.annotations.NullMarked;
