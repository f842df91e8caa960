/** The program: its command line, and the one place where everything is put together. */
@NullMarked
package io.relais.sync.cli;

import org.jspecify.annotations.NullMarked;
