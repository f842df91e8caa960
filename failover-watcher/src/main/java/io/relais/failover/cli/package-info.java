/** The command line of failover-watcher. The only package that knows picocli. */
@NullMarked
package io.relais.failover.cli;

import org.jspecify.annotations.NullMarked;
