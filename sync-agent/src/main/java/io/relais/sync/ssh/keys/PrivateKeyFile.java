package io.relais.sync.ssh.keys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Bytes;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.Secret;
import io.relais.sync.path.ShellWord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.DSAKey;
import java.util.Base64;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.loader.KeyPairResourceParser;
import org.apache.sshd.common.config.keys.loader.openssh.OpenSSHKeyPairResourceParser;
import org.apache.sshd.common.config.keys.loader.pem.DSSPEMResourceKeyPairParser;
import org.apache.sshd.common.config.keys.loader.pem.ECDSAPEMResourceKeyPairParser;
import org.apache.sshd.common.config.keys.loader.pem.PKCS8PEMResourceKeyPairParser;
import org.apache.sshd.common.config.keys.loader.pem.PKCS8PrivateKeyInfo;
import org.apache.sshd.common.config.keys.loader.pem.RSAPEMResourceKeyPairParser;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.io.resource.PathResource;
import org.jspecify.annotations.Nullable;

/**
 * One file with a private key, in any form that ssh opens; of others it says what to run.
 *
 * @param passphraseFile where its passphrase is, for a key that has one
 */
record PrivateKeyFile(Path file, Optional<Path> passphraseFile) {
  /** No key comes near it. */
  private static final int MOST_BYTES = 1 << 20;

  private static final Pattern PUBLIC =
      Pattern.compile("(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)\\S+ AAAA.*", Pattern.DOTALL);
  private static final Pattern OPENSSH =
      Pattern.compile("-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH", Pattern.DOTALL);

  /**
   * How a key in OpenSSL's traditional form says that it is encrypted (RFC 1421, section 4.6.1.3).
   */
  private static final Pattern CIPHER = Pattern.compile("(?m)^DEK-Info: *([A-Za-z0-9-]+)");

  private static final ImmutableSet<String> OPENED =
      ImmutableSet.of("AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC");

  /** All but encrypted PKCS #8, which MINA needs another library for. */
  private static final KeyPairResourceParser FORMS =
      KeyPairResourceParser.aggregate(
          OpenSSHKeyPairResourceParser.INSTANCE,
          RSAPEMResourceKeyPairParser.INSTANCE,
          ECDSAPEMResourceKeyPairParser.INSTANCE,
          DSSPEMResourceKeyPairParser.INSTANCE,
          new Pkcs8());

  /** Why a file gives no key, and what to do, in words of ours. */
  private static final class UnusableKeyException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableKeyException(String message) {
      super(message);
    }
  }

  /**
   * Reads the key.
   *
   * @throws FileSystemException if others can read it, or it can't be read
   * @throws IOException if it can't be used; the message says why and what to do, without the file
   */
  ImmutableList<KeyPair> read() throws IOException {
    FileRights.ofThisProcess().requirePrivate(file);
    FileAccess.requireRegularFile(file);
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(MOST_BYTES);
    }
    Optional<String> instead = instead(content);
    if (instead.isPresent()) {
      throw new UnusableKeyException(instead.get());
    }
    Passphrase passphrase = new Passphrase();
    try {
      Collection<KeyPair> found =
          FORMS.loadKeyPairs(
              null, new PathResource(file), passphrase, new ByteArrayInputStream(content));
      return found == null || found.isEmpty() ? none() : usable(found);
    } catch (UnusableKeyException | FileSystemException e) {
      throw e;
    } catch (NoSuchAlgorithmException e) {
      throw new UnusableKeyException(
          "it is of a kind, or encrypted in a way, that is not supported here; " + rewrite());
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new UnusableKeyException(
          passphrase.given
              ? "the passphrase in " + passphraseFile.orElseThrow() + " does not open it"
              : "it is damaged, or of a kind that is not supported here; " + rewrite());
    }
  }

  private ImmutableList<KeyPair> none() throws UnusableKeyException {
    throw new UnusableKeyException("it holds no private key");
  }

  private ImmutableList<KeyPair> usable(Collection<KeyPair> found) throws UnusableKeyException {
    ImmutableList<KeyPair> usable =
        found.stream()
            .filter(key -> !(key.getPublic() instanceof DSAKey))
            .collect(ImmutableList.toImmutableList());
    if (usable.isEmpty()) {
      throw new UnusableKeyException(
          "it is a DSA key, which SSH servers no longer accept; make another: " + another());
    }
    return usable;
  }

  /** What to run where a file is known for something else than a private key that can be used. */
  private Optional<String> instead(byte[] content) {
    String text = new String(content, ISO_8859_1);
    String name = ShellWord.quote(file);
    if (text.startsWith("PuTTY-User-Key-File-")) {
      return Optional.of(
          "it is in PuTTY's format; convert it: puttygen %s -O private-openssh -o %s"
              .formatted(name, converted()));
    }
    if (text.startsWith("---- BEGIN SSH2 ")) {
      return Optional.of(
          "it is in the format of ssh.com; convert it: ssh-keygen -i -f %s > %s"
              .formatted(name, converted()));
    }
    if (text.startsWith("SSH PRIVATE KEY FILE FORMAT 1")) {
      return Optional.of(
          "it is a key for version 1 of SSH, which no server speaks; make another: " + another());
    }
    if (PUBLIC.matcher(text.stripLeading()).matches() || text.contains("-----BEGIN PUBLIC KEY")) {
      return Optional.of(
          "it is a public key; name the file with the private key in its place (the same name"
              + " without .pub, as a rule)");
    }
    if (text.startsWith("0") && !text.contains("-----BEGIN ")) { // A sequence, in DER.
      return Optional.of(
          "it is in a binary format (DER or PKCS #12); convert it: openssl pkey -in %s -out %s"
              .formatted(name, converted()));
    }
    Matcher cipher = CIPHER.matcher(text);
    if (cipher.find() && !OPENED.contains(cipher.group(1))) {
      return Optional.of(
          "it is encrypted with %s, which ssh does not open either; convert it: openssl pkey -provider legacy -provider default -in %s -out %s"
              .formatted(cipher.group(1), name, converted()));
    }
    if (isOfSecurityKey(text)) {
      return Optional.of(
          "it needs its FIDO security key, and somebody to touch it; make a key for the agent"
              + " alone: "
              + another());
    }
    return Optional.empty();
  }

  /** The public key stands in front of what may be encrypted. */
  private static boolean isOfSecurityKey(String text) {
    Matcher block = OPENSSH.matcher(text);
    if (!block.find()) {
      return false;
    }
    byte[] blob = Base64.getMimeDecoder().decode(block.group(1));
    return Stream.of("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
        .anyMatch(type -> Bytes.indexOf(blob, type.getBytes(ISO_8859_1)) >= 0);
  }

  private String converted() {
    return ShellWord.quote(file.resolveSibling(file.getFileName() + ".openssh"));
  }

  private String another() {
    return "ssh-keygen -t ed25519 -f " + ShellWord.quote(file.resolveSibling("id_agent"));
  }

  /** ssh-keygen reads what OpenSSL does, and writes its own form. */
  private String rewrite() {
    return "if ssh can open it, rewrite it in OpenSSH's own format: ssh-keygen -p -f "
        + ShellWord.quote(file);
  }

  /** Gives the passphrase, once, to whatever asks for it. */
  private final class Passphrase implements FilePasswordProvider {
    private boolean given;

    @Override
    public String getPassword(@Nullable SessionContext session, NamedResource resource, int retry)
        throws IOException {
      if (passphraseFile.isEmpty()) {
        throw new UnusableKeyException(
            "it is encrypted; name the file with its passphrase as passphrase_file in [ssh]");
      }
      String value = Secret.readFile(passphraseFile.get()).value();
      given = true;
      return value;
    }
  }

  /** PKCS #8 with our own decryption. */
  private static final class Pkcs8 extends PKCS8PEMResourceKeyPairParser {
    @Override
    public Collection<KeyPair> decryptKeyPairs(
        SessionContext session,
        NamedResource resource,
        FilePasswordProvider passphrase,
        byte[] encrypted)
        throws IOException, GeneralSecurityException {
      String value = passphrase.getPassword(session, resource, 0);
      byte[] plain = EncryptedPkcs8.decrypt(encrypted, value == null ? "" : value);
      return extractKeyPairs(plain, new PKCS8PrivateKeyInfo(plain));
    }
  }
}
