/**
 * Watching by io.methvin's directory-watcher, where our own calls of inotify are refused. The only
 * package that knows io.methvin.
 */
@NullMarked
package io.relais.sync.watch.directorywatcher;

import org.jspecify.annotations.NullMarked;
