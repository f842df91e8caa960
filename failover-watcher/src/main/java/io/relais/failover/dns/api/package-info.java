/**
 * What providers with an API of records by id have in common: JSON, the plan of the fewest calls,
 * the messages about failed ones, and how long a refusal asks to wait.
 */
@NullMarked
package io.relais.failover.dns.api;

import org.jspecify.annotations.NullMarked;
