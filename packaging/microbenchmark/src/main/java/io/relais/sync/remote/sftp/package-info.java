/** Microbenchmarks of what {@code io.relais.sync.remote.sftp} does with each byte that it sends. */
@NullMarked
package io.relais.sync.remote.sftp;

import org.jspecify.annotations.NullMarked;
