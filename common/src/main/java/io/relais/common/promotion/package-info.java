/**
 * What the watcher leaves beside a copy when the backup goes live, and how the agent stops there.
 */
@NullMarked
package io.relais.common.promotion;

import org.jspecify.annotations.NullMarked;
