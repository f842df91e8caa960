package io.relais.sync.wiring;

import io.relais.openssh.HostResolver;
import io.relais.openssh.SshConfigException;
import io.relais.sync.config.HostLookup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** Lets the configuration's loader ask which hosts the OpenSSH configuration knows. */
public record KnownHostAliases(Map<String, String> environment) implements HostLookup.Reader {
  @Override
  public HostLookup read(Optional<Path> sshConfig) throws IOException {
    HostResolver resolver;
    try {
      resolver = OpenSshConfig.resolver(sshConfig, environment);
    } catch (SshConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
    return new HostLookup() {
      @Override
      public boolean knows(String alias) {
        try {
          return resolver.knows(alias);
        } catch (SshConfigException e) {
          // It is known, and what is wrong with it is said when it is resolved.
          return true;
        }
      }

      @Override
      public Collection<String> aliases() {
        return resolver.aliases();
      }
    };
  }
}
