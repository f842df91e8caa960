package io.relais.sync.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/** Which hosts the OpenSSH client configuration knows. */
public interface HostLookup {
  /** Whether the configuration says something of this alias that leads to a host. */
  boolean knows(String alias);

  /** The aliases that it names without wildcards; to suggest one. */
  Collection<String> aliases();

  /** Reads the OpenSSH client configuration. */
  @FunctionalInterface
  interface Reader {
    /**
     * Reads it.
     *
     * @param sshConfig the file; empty: the user's own and the system's
     * @throws IOException if a file that is named can't be read (the user's to fix)
     */
    HostLookup read(Optional<Path> sshConfig) throws IOException;
  }
}
