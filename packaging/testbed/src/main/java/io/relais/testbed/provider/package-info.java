/**
 * Simulators of the HTTP APIs of DNS providers, with the faults that were seen of the real ones.
 */
@NullMarked
package io.relais.testbed.provider;

import org.jspecify.annotations.NullMarked;
