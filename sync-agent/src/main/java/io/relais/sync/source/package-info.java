/** Reads the source's disk, by directory descriptors, so that no symlink leads out of the tree. */
@NullMarked
package io.relais.sync.source;

import org.jspecify.annotations.NullMarked;
