/**
 * A strict reader of TOML configuration files: typed values, no key unread, and every mistake as
 * one line with file, line and column. The only package that knows org.tomlj.
 */
@NullMarked
package io.relais.common.toml;

import org.jspecify.annotations.NullMarked;
