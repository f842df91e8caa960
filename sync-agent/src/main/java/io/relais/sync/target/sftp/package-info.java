/**
 * The target over SFTP version 3 (draft-ietf-secsh-filexfer-02 with OpenSSH's extensions), on
 * Apache MINA SSHD. The only package that knows org.apache.sshd.
 *
 * <p>MINA's own SFTP client waits for each answer, and its ProxyJump opens a port that any local
 * user can reach. So this package has a client of its own, with any number of requests under way on
 * one channel, and carries the connection to the next hop inside a channel of the one before.
 */
@NullMarked
package io.relais.sync.target.sftp;

import org.jspecify.annotations.NullMarked;
