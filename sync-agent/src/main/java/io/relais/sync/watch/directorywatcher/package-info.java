/**
 * Watching by io.methvin's directory-watcher, where inotify can't be used. The only package that
 * knows io.methvin.
 */
@NullMarked
package io.relais.sync.watch.directorywatcher;

import org.jspecify.annotations.NullMarked;
