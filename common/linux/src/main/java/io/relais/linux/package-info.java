/**
 * Linux's system calls, through the foreign function API: the only package that calls the C
 * library.
 */
@NullMarked
package io.relais.linux;

import org.jspecify.annotations.NullMarked;
