/** Questions to name servers, above all to the authoritative ones. */
@NullMarked
package io.relais.failover.dns.lookup;

import org.jspecify.annotations.NullMarked;
