/**
 * Reads what OpenSSH's own files say: the client configuration (ssh_config(5)) and the known hosts
 * (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). It only reads: nothing here connects, or knows what the
 * hosts are for.
 *
 * <p>It follows OpenSSH exactly, or says with file and line what it can't follow, and it never
 * trusts a key that OpenSSH would not. Where releases of OpenSSH differ, it refuses.
 */
@NullMarked
package io.relais.openssh;

import org.jspecify.annotations.NullMarked;
