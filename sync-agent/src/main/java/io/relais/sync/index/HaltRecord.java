package io.relais.sync.index;

import java.time.Instant;

/**
 * That a mirror is halted for deletes: kept over restarts, so that time alone never ends a halt.
 *
 * @param window by when an entry must have stood at the target to count as lost
 * @param since when the mirror halted
 */
public record HaltRecord(Instant window, Instant since) {}
