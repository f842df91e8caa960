/**
 * The zone behind a program of the user's, which gets a request in JSON and answers in JSON. The
 * protocol is described, with an example, in {@code packaging/failover-watcher/dns-command}.
 */
@NullMarked
package io.relais.failover.dns.command;

import org.jspecify.annotations.NullMarked;
