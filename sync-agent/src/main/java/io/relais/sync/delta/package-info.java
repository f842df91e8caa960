/**
 * Finds out what of a file's new content the old one had: content-defined chunks, and a recipe of
 * what can be copied and what has to be sent. Pure: knows nothing of where files are.
 */
@NullMarked
package io.relais.sync.delta;

import org.jspecify.annotations.NullMarked;
