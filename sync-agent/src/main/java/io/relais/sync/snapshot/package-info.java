/**
 * Presents the SQLite databases of a source as what a consistent copy of each has, so that
 * everything above reads, compares and sends such copies as it does any file. Reads through {@code
 * scan} alone; SQLite itself only ever opens copies of our own.
 */
@NullMarked
package io.relais.sync.snapshot;

import org.jspecify.annotations.NullMarked;
