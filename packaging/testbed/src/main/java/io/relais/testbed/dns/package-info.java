/**
 * Name servers for tests: a real one (Knot DNS or BIND), and a fake that answers as a test says.
 */
@NullMarked
package io.relais.testbed.dns;

import org.jspecify.annotations.NullMarked;
