package io.relais.sync.config;

import io.relais.sync.config.ConfigLoader.SshHosts;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** An OpenSSH configuration that knows a bastion, a backup and a spare. */
final class FakeHosts {
  private static final List<String> ALIASES = List.of("bastion", "backup", "spare");

  /** Fails for the file {@code /missing}. */
  static final SshHosts.Reader READER =
      sshConfig -> {
        if (sshConfig.filter(path -> path.endsWith("missing")).isPresent()) {
          throw new NoSuchFileException("/missing");
        }
        return new SshHosts(ALIASES::contains, ALIASES);
      };

  private FakeHosts() {}
}
