/**
 * The zone at Cloudflare, through its API: records found by name, changed one by one, and served at
 * once. The API's own description is at <a href="https://developers.cloudflare.com/api/">its
 * documentation</a>.
 */
@NullMarked
package io.relais.failover.dns.cloudflare;

import org.jspecify.annotations.NullMarked;
