/** Looks from time to time at what changes without an event: NFS, CIFS, FUSE. */
@NullMarked
package io.relais.sync.watch.poll;

import org.jspecify.annotations.NullMarked;
