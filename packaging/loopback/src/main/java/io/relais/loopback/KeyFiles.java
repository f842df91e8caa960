package io.relais.loopback;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;

/** Makes ed25519 keys and writes them as ssh-keygen does. */
final class KeyFiles {
  private KeyFiles() {}

  static KeyPair generate() {
    try {
      return KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("ed25519 is on the class path", e);
    }
  }

  /** Writes {@code file} (0600) and {@code file.pub}. */
  static void write(Path file, KeyPair key, String comment) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, comment, null, out);
    } catch (GeneralSecurityException e) {
      throw new IOException("can't write the key " + file, e);
    }
    Files.writeString(
        file.resolveSibling(file.getFileName() + ".pub"), publicLine(key) + " " + comment + "\n");
  }

  /** Type and key, as in a line of known_hosts or authorized_keys. */
  static String publicLine(KeyPair key) {
    return PublicKeyEntry.toString(key.getPublic());
  }
}
