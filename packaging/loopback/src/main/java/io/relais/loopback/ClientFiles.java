package io.relais.loopback;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;

/** Writes the client's side of the link: its keys, {@code ssh_config} and {@code known_hosts}. */
final class ClientFiles {
  static final String BASTION_USER = "jump";
  static final String BACKUP_USER = "mirror";

  private final Path directory;

  ClientFiles(Path directory) {
    this.directory = directory;
  }

  Path sshConfig() {
    return directory.resolve("ssh_config");
  }

  Path knownHosts() {
    return directory.resolve("known_hosts");
  }

  void writeKey(String name, KeyPair key) throws IOException {
    KeyFiles.write(directory.resolve(name), key, "relais loopback " + name);
  }

  void write(int bastionPort, KeyPair bastion, int backupPort, KeyPair backup) throws IOException {
    Files.writeString(
        knownHosts(), knownHost(bastionPort, bastion) + knownHost(backupPort, backup));
    Files.writeString(
        sshConfig(),
        host("bastion", BASTION_USER, bastionPort)
            + "\n"
            + host("backup", BACKUP_USER, backupPort)
            + "    ProxyJump bastion\n");
  }

  private static String knownHost(int port, KeyPair key) {
    return "[127.0.0.1]:" + port + " " + KeyFiles.publicLine(key) + "\n";
  }

  private String host(String alias, String user, int port) {
    return """
        Host %s
            HostName 127.0.0.1
            Port %d
            User %s
            IdentityFile %s
            IdentitiesOnly yes
            UserKnownHostsFile %s
            StrictHostKeyChecking yes
        """
        .formatted(
            alias, port, user, quoted(directory.resolve(alias + "_key")), quoted(knownHosts()));
  }

  /** ssh_config(5): {@code %} starts a token, and an argument with spaces is quoted. */
  private static String quoted(Path path) {
    String escaped = path.toString().replace("%", "%%");
    return escaped.contains(" ") ? '"' + escaped + '"' : escaped;
  }
}
