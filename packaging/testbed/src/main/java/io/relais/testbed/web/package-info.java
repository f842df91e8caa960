/** Web servers that behave, or misbehave, as a test says. */
@NullMarked
package io.relais.testbed.web;

import org.jspecify.annotations.NullMarked;
