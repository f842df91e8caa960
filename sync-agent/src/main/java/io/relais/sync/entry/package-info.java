/** What is known of one entry: at the source, at the target, and in the index. */
@NullMarked
package io.relais.sync.entry;

import org.jspecify.annotations.NullMarked;
