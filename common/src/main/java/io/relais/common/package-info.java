/** What both daemons use: exit codes, backoff, secrets, strict TOML, logging and systemd. */
@NullMarked
package io.relais.common;

import org.jspecify.annotations.NullMarked;
