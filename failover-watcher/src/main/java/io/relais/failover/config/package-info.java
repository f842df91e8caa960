/** The configuration file, typed. */
@NullMarked
package io.relais.failover.config;

import org.jspecify.annotations.NullMarked;
