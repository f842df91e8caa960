package io.relais.testbed.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The host keys of one server: ed25519, the one that known_hosts holds, and ecdsa, which it does
 * not hold and which a client prefers unless it looks at known_hosts first.
 */
final class HostKeys {
  private final Path ed25519;
  private final Path ecdsa;

  HostKeys(Path store, String server) {
    this.ed25519 = store.resolve(server + "_ed25519_key");
    this.ecdsa = store.resolve(server + "_ecdsa_key");
    generate();
  }

  private void generate() {
    generate(ed25519, "ed25519", "");
    generate(ecdsa, "ecdsa", "");
  }

  /** One more, of RSA: type and key as in known_hosts. */
  static String generateRsa(Path file) throws IOException {
    generate(file, "rsa", "");
    return publicKey(file);
  }

  static void generate(Path file, String type, String passphrase) {
    Shell.run(
        "ssh-keygen",
        "-q",
        "-t",
        type,
        "-N",
        passphrase,
        "-C",
        "relais test",
        "-f",
        file.toString());
  }

  /** Replaces both keys, and forgets the certificates. */
  void rotate() throws IOException {
    for (Path key : new Path[] {ed25519, ecdsa}) {
      Files.deleteIfExists(key);
      Files.deleteIfExists(sibling(key, ".pub"));
      Files.deleteIfExists(sibling(key, "-cert.pub"));
    }
    generate();
  }

  /**
   * Signs both keys as a host's.
   *
   * @param options of {@code ssh-keygen -s}, such as {@code -n NAME}
   */
  void certify(Path authority, List<String> options) {
    for (Path key : new Path[] {ed25519, ecdsa}) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  "ssh-keygen",
                  "-q",
                  "-s",
                  authority.toString(),
                  "-I",
                  key.getFileName().toString(),
                  "-h"));
      command.addAll(options);
      command.add(sibling(key, ".pub").toString());
      Shell.run(command.toArray(String[]::new));
    }
  }

  /** The lines of sshd_config that name them. */
  String configuration() {
    StringBuilder lines = new StringBuilder();
    for (Path key : new Path[] {ecdsa, ed25519}) {
      lines.append("HostKey ").append(key).append('\n');
      Path certificate = sibling(key, "-cert.pub");
      if (Files.exists(certificate)) {
        lines.append("HostCertificate ").append(certificate).append('\n');
      }
    }
    return lines.toString();
  }

  /** Type and key of the ed25519 key, as in known_hosts. */
  String publicKey() throws IOException {
    return publicKey(ed25519);
  }

  /** Type and key of the ecdsa key. */
  String ecdsaPublicKey() throws IOException {
    return publicKey(ecdsa);
  }

  private static String publicKey(Path key) throws IOException {
    String[] fields = Files.readString(sibling(key, ".pub")).split(" ");
    return fields[0] + " " + fields[1];
  }

  /** {@code SHA256:…} of the ed25519 key. */
  String fingerprint() {
    return Shell.run("ssh-keygen", "-lf", sibling(ed25519, ".pub").toString()).split(" ")[1];
  }

  private static Path sibling(Path key, String suffix) {
    return key.resolveSibling(key.getFileName() + suffix);
  }
}
