/**
 * The zone at OVH, through its API: signed calls, errors told apart, records found by name and
 * type. The API's own description is at <a href="https://api.ovh.com/console/">its console</a>.
 */
@NullMarked
package io.relais.failover.dns.ovh;

import org.jspecify.annotations.NullMarked;
