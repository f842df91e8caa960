package io.relais.sync.config;

import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.List;

/** An OpenSSH configuration that knows a bastion, a backup and a spare. */
final class FakeHosts implements HostLookup {
  /** Fails for the file {@code /missing}. */
  static final HostLookup.Reader READER =
      sshConfig -> {
        if (sshConfig.filter(path -> path.endsWith("missing")).isPresent()) {
          throw new NoSuchFileException("/missing");
        }
        return new FakeHosts();
      };

  @Override
  public boolean knows(String alias) {
    return aliases().contains(alias);
  }

  @Override
  public Collection<String> aliases() {
    return List.of("bastion", "backup", "spare");
  }
}
