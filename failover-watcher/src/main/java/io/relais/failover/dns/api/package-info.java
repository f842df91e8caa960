/**
 * What providers with an API of records by id have in common: JSON, the plan of the fewest calls
 * and the messages about failed ones.
 */
@NullMarked
package io.relais.failover.dns.api;

import org.jspecify.annotations.NullMarked;
