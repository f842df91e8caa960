/**
 * Programs that measure; they are run by hand, most by packaging/benchmark/mirror, which puts the
 * agent beside lsyncd, rsync, sftp and scp over one link.
 */
@NullMarked
package io.relais.benchmark.mirror;

import org.jspecify.annotations.NullMarked;
