package io.relais.testbed.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The client's files, as a user would have them: keys, ssh_config and known_hosts. */
final class ClientSide {
  private final Path directory;
  private final OpenSshBed.KnownHosts form;
  private final Path store;

  ClientSide(OpenSshBed.Builder wanted, Path store) throws IOException {
    this.directory = Files.createDirectories(wanted.directory.toAbsolutePath());
    this.form = wanted.knownHosts;
    this.store = store;
    Path authorized = Files.createDirectory(store.resolve("authorized_keys"));
    makeKey(wanted, "bastion_key", authorized.resolve(Accounts.JUMP));
    makeKey(wanted, "backup_key", authorized.resolve(Accounts.SFTP));
    makeKey(wanted, "backup-shell_key", authorized.resolve(Accounts.SHELL));
  }

  private void makeKey(OpenSshBed.Builder wanted, String name, Path authorized) throws IOException {
    HostKeys.generate(directory.resolve(name), wanted.keyType, wanted.passphrase);
    Files.copy(directory.resolve(name + ".pub"), authorized);
  }

  /** Writes the keys anew, with what they are restricted to. */
  void restrict(OpenSshBed.Rights rights, int backupPort) throws IOException {
    authorize(Accounts.SFTP, "backup_key", rights.backupKey());
    authorize(
        Accounts.JUMP,
        "bastion_key",
        rights.bastionKey().replace("10.0.0.7:22", "127.0.0.1:" + backupPort));
  }

  private void authorize(String account, String key, String options) throws IOException {
    Files.writeString(
        store.resolve("authorized_keys").resolve(account),
        options.replaceAll("from=\"[^\"]*\"", "from=\"127.0.0.1\"")
            + " "
            + Files.readString(directory.resolve(key + ".pub")));
  }

  Path sshConfig() {
    return directory.resolve("ssh_config");
  }

  Path knownHosts() {
    return directory.resolve("known_hosts");
  }

  /** Writes both files; call it before the servers start, since it certifies their keys. */
  void write(int bastionPort, SshDaemon bastion, SshDaemon backup) throws IOException {
    Files.writeString(
        sshConfig(),
        host("bastion", Accounts.JUMP, bastionPort, "")
            + host("backup", Accounts.SFTP, backup.port(), "    ProxyJump bastion\n")
            + host("backup-shell", Accounts.SHELL, backup.port(), "    ProxyJump bastion\n"));
    switch (form) {
      case PLAIN -> writeKnownHosts(bastionPort, bastion, backup);
      case HASHED -> {
        writeKnownHosts(bastionPort, bastion, backup);
        Shell.run("ssh-keygen", "-H", "-f", knownHosts().toString());
        Files.delete(directory.resolve("known_hosts.old"));
      }
      case CERTIFICATES -> {
        Path authority = store.resolve("authority");
        HostKeys.generate(authority, "ed25519", "");
        bastion.hostKeys().certify(authority, List.of("-n", "127.0.0.1"));
        backup.hostKeys().certify(authority, List.of("-n", "127.0.0.1"));
        Files.writeString(
            knownHosts(),
            "@cert-authority [127.0.0.1]:* " + Files.readString(store.resolve("authority.pub")));
      }
    }
  }

  private void writeKnownHosts(int bastionPort, SshDaemon bastion, SshDaemon backup)
      throws IOException {
    Files.writeString(
        knownHosts(),
        "[127.0.0.1]:%d %s\n[127.0.0.1]:%d %s\n"
            .formatted(
                bastionPort,
                bastion.hostKeys().publicKey(),
                backup.port(),
                backup.hostKeys().publicKey()));
  }

  private String host(String alias, String user, int port, String more) {
    return """
        Host %s
            HostName 127.0.0.1
            Port %d
            User %s
            IdentityFile %s/%s_key
            IdentitiesOnly yes
            UserKnownHostsFile %s
            StrictHostKeyChecking yes
        %s
        """
        .formatted(alias, port, user, directory, alias, knownHosts(), more);
  }
}
