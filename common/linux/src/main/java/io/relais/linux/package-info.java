/** Linux system calls through the foreign function API. The only package that calls libc. */
@NullMarked
package io.relais.linux;

import org.jspecify.annotations.NullMarked;
