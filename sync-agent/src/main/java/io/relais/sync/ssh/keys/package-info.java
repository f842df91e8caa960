/** Private keys and certificates, in each form that OpenSSH reads. */
@NullMarked
package io.relais.sync.ssh.keys;

import org.jspecify.annotations.NullMarked;
