package io.relais.openssh;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;

/**
 * Who reads the configuration, and where: everything that OpenSSH takes from the machine.
 *
 * @param name the login name ({@code %u}, and the default for {@code User})
 * @param uid the user's number ({@code %i})
 * @param home absolute ({@code ~} and {@code %d}); its file system is the one that is read
 * @param hostName the machine's name as {@code gethostname(2)} tells it ({@code %l})
 * @param environment what <code>${NAME}</code> is looked up in
 */
public record LocalUser(
    String name, long uid, Path home, String hostName, ImmutableMap<String, String> environment) {

  /** A path of this line, with the user's home for a {@code ~} that it begins with. */
  String expandTilde(ConfigLine line, String path) throws SshConfigException {
    if (!path.startsWith("~")) {
      return path;
    }
    if (path.length() > 1 && path.charAt(1) != '/') {
      throw line.fault("another user's home can't be looked up here; write the path in full");
    }
    return home + "/" + path.substring(1).replaceFirst("^/+", "");
  }

  Path sshDirectory() {
    return home.resolve(".ssh");
  }

  Path systemDirectory() {
    return home.getFileSystem().getPath("/etc/ssh");
  }
}
