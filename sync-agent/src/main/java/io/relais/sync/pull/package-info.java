/**
 * Brings back to production what changed at the backup while it was live: finds it, applies what an
 * operator chooses, and keeps a copy of whatever is replaced or left.
 */
@NullMarked
package io.relais.sync.pull;

import org.jspecify.annotations.NullMarked;
