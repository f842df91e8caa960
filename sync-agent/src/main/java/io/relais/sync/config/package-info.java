/** The configuration file: typed, strict, every mistake one line with file, line and column. */
@NullMarked
package io.relais.sync.config;

import org.jspecify.annotations.NullMarked;
