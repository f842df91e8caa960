/** The zone at a name server that takes dynamic updates (RFC 2136) signed by TSIG (RFC 8945). */
@NullMarked
package io.relais.failover.dns.rfc2136;

import org.jspecify.annotations.NullMarked;
