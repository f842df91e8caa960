/** Measures how long an outage lasts for the site's visitors. Run by packaging/benchmark/outage. */
@NullMarked
package io.relais.benchmark.outage;

import org.jspecify.annotations.NullMarked;
