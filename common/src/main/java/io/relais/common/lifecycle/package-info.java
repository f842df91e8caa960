/** How a daemon's process is asked to stop or to reload. */
@NullMarked
package io.relais.common.lifecycle;

import org.jspecify.annotations.NullMarked;
