/**
 * The remote side of a mirror over SFTP: what is sent is staged, flushed, and put in place by a
 * rename; what is visible there is changed only within the mirror's root.
 */
@NullMarked
package io.relais.sync.remote.sftp;

import org.jspecify.annotations.NullMarked;
