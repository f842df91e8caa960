/**
 * HTTP as the watcher needs it: pinned addresses, limits for every part, no pool that outlives a
 * call. The only package that knows OkHttp.
 */
@NullMarked
package io.relais.failover.net;

import org.jspecify.annotations.NullMarked;
