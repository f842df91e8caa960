/** Scans what hints name, and compares it with the index and, where wanted, with the target. */
@NullMarked
package io.relais.sync.scan;

import org.jspecify.annotations.NullMarked;
