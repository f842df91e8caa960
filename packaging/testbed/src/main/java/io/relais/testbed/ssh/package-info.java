/**
 * A real backup link for tests: OpenSSH's sshd as the bastion and as the backup, on 127.0.0.1, with
 * a proxy in front that breaks connections. Needs root and the OpenSSH server. And what makes an
 * embedded backup a hostile one, which needs neither.
 */
@NullMarked
package io.relais.testbed.ssh;

import org.jspecify.annotations.NullMarked;
