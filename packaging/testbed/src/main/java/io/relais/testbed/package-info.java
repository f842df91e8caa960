/** What the tests of several modules share. */
@NullMarked
package io.relais.testbed;

import org.jspecify.annotations.NullMarked;
