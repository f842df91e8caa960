/**
 * A client of SFTP version 3 (draft-ietf-secsh-filexfer-02 with OpenSSH's extensions). MINA's own
 * waits for each answer; this one has any number of requests under way on one channel.
 */
@NullMarked
package io.relais.sftp;

import org.jspecify.annotations.NullMarked;
