/** The zone at OVH, through its API. */
@NullMarked
package io.relais.failover.dns.ovh;

import org.jspecify.annotations.NullMarked;
