/**
 * From what happened to notices and to the status: each is told once, and again only in its time.
 */
@NullMarked
package io.relais.failover.alerts;

import org.jspecify.annotations.NullMarked;
