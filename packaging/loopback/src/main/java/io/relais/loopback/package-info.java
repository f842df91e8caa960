/**
 * A backup link on this machine, for the demo and for tests: an embedded bastion and, behind it, an
 * embedded backup that serves one directory over SFTP. Both are Apache MINA SSHD servers on
 * 127.0.0.1, made to behave as OpenSSH's do where a client can tell the difference.
 */
@NullMarked
package io.relais.loopback;

import org.jspecify.annotations.NullMarked;
