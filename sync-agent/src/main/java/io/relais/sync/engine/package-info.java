/**
 * Keeps mirrors equal: one owner thread for each pair of source and target, which scans, plans,
 * checks, transfers and records; everything else only posts to its mailbox.
 */
@NullMarked
package io.relais.sync.engine;

import org.jspecify.annotations.NullMarked;
