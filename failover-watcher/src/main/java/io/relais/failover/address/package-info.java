/** What the backup's own public address is, by sources that must agree. */
@NullMarked
package io.relais.failover.address;

import org.jspecify.annotations.NullMarked;
