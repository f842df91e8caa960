package io.relais.sync.ssh.keys;

import com.google.common.collect.ImmutableList;
import java.security.KeyPair;

/**
 * The keys that a login may use, each with its certificate in front if there is one.
 *
 * @param problems the files that could not be used, and why
 */
public record Identities(
    ImmutableList<KeyPair> keys, ImmutableList<String> files, ImmutableList<String> problems) {
  /** For messages: the files that were used, and what was wrong with the others. */
  public String shown() {
    String used = String.join(", ", files);
    return problems.isEmpty() ? used : used + " (unusable: " + String.join("; ", problems) + ")";
  }
}
