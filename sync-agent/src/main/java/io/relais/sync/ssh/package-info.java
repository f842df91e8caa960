/**
 * SSH connections on Apache MINA SSHD: hop by hop, each inside a channel of the one before, with
 * the host keys, keys and algorithms that the OpenSSH configuration names.
 *
 * <p>MINA's own ProxyJump opens a port that any local user can reach; so a hop's traffic is handed
 * straight to the session inside it.
 */
@NullMarked
package io.relais.sync.ssh;

import org.jspecify.annotations.NullMarked;
