/**
 * Measures the agent beside lsyncd, rsync, sftp and scp over one link. Run by
 * packaging/benchmark/mirror.
 */
@NullMarked
package io.relais.sync.benchmark;

import org.jspecify.annotations.NullMarked;
