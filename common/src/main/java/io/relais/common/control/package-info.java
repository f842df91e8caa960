/**
 * How a command talks to the program that runs: over a Unix domain socket in the state directory,
 * one request and one answer to a connection, each a JSON object on one line.
 */
@NullMarked
package io.relais.common.control;

import org.jspecify.annotations.NullMarked;
