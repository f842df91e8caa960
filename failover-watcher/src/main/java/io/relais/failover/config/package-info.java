/**
 * The configuration file, typed. Each table is read by its record ({@code SiteConfig.read}), or by
 * a reader where it becomes the settings of another package. Reading notes every mistake, and gives
 * a supplier of the record, or a {@code Draft}: that supplier with what other tables are checked
 * against. The suppliers are asked by {@link ConfigLoader}, after the whole file was found to have
 * no mistake.
 */
@NullMarked
package io.relais.failover.config;

import org.jspecify.annotations.NullMarked;
