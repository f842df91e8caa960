/** Microbenchmarks of what {@code io.relais.sync.target.sftp} does with each byte that it sends. */
@NullMarked
package io.relais.sync.target.sftp;

import org.jspecify.annotations.NullMarked;
