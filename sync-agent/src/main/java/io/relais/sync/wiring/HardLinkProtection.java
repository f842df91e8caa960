package io.relais.sync.wiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether the kernel keeps users from hard-linking files that they may not read (proc_sys_fs(5),
 * {@code protected_hardlinks}). Where it doesn't, a user who can write to a source can give a
 * secret file of the same file system a name there, and a hard link can't be told from the file.
 */
public final class HardLinkProtection {
  public static final Path SETTING = Path.of("/proc/sys/fs/protected_hardlinks");

  private HardLinkProtection() {}

  /** One line for the operator where they are not kept from it; empty where nobody can tell. */
  public static Optional<String> warning(Path setting) {
    try {
      return Files.readString(setting).strip().equals("0")
          ? Optional.of(
              "fs.protected_hardlinks is 0: whoever can write to a source can hard-link files there"
                  + " that only root may read, and have them mirrored; set it to 1 with: sysctl -w"
                  + " fs.protected_hardlinks=1 && echo 'fs.protected_hardlinks=1' >"
                  + " /etc/sysctl.d/60-protected-hardlinks.conf")
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
