/**
 * The whole agent, as a process of its own, against OpenSSH behind a bastion: what the parts are
 * tested for one by one, together and under stress. Needs root and the OpenSSH server.
 */
@NullMarked
package io.relais.sync.e2e;

import org.jspecify.annotations.NullMarked;
