/**
 * What is remembered from round to round, on disk too, and what is shown of it: state.json,
 * status.json, history.jsonl.
 */
@NullMarked
package io.relais.failover.state;

import org.jspecify.annotations.NullMarked;
