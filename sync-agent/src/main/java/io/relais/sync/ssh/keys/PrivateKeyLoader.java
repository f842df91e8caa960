package io.relais.sync.ssh.keys;

import com.google.common.collect.ImmutableList;
import io.relais.common.Faults;
import io.relais.common.FileAccess;
import io.relais.openssh.ResolvedHost;
import io.relais.sync.config.SshConfig;
import io.relais.sync.remote.TargetRefusedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.jspecify.annotations.Nullable;

/** Loads the private keys of a hop, each with its certificate in front if there is one. */
public final class PrivateKeyLoader {
  private final SshConfig config;

  public PrivateKeyLoader(SshConfig config) {
    this.config = config;
  }

  /**
   * Loads all keys that are there.
   *
   * @throws TargetRefusedException if none can be used; the message says what was wrong with each
   */
  public Identities load(ResolvedHost host) throws TargetRefusedException {
    ImmutableList.Builder<KeyPair> keys = ImmutableList.builder();
    ImmutableList.Builder<String> files = ImmutableList.builder();
    ImmutableList.Builder<String> missing = ImmutableList.builder();
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    for (Path file : host.identityFiles()) {
      if (FileAccess.isAbsent(file)) {
        missing.add(file + " is not there");
        continue;
      }
      try {
        for (KeyPair key : keyFile(file).read()) {
          certificate(host, file, key).ifPresent(keys::add);
          keys.add(key);
        }
        files.add(file.toString());
      } catch (FileSystemException e) {
        problems.add(Faults.withFile(e));
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        problems.add(file + ": " + Faults.describe(e));
      }
    }
    // The usual places are only looked at: a file that is not there says nothing.
    ImmutableList<String> absent = missing.build();
    if (!host.usualIdentities() || files.build().isEmpty()) {
      problems.addAll(absent);
    }
    Identities found = new Identities(keys.build(), files.build(), problems.build());
    if (found.keys().isEmpty()) {
      throw new TargetRefusedException(
          "no key for "
              + host.user()
              + "@"
              + host.alias()
              + ": "
              + String.join("; ", found.problems()));
    }
    return found;
  }

  private PrivateKeyFile keyFile(Path file) {
    return new PrivateKeyFile(
        file, Optional.ofNullable(config.passphraseFiles().get(file)).or(config::passphraseFile));
  }

  /**
   * The certificate next to a key, or one that the configuration names and that is for this key.
   */
  private static Optional<KeyPair> certificate(ResolvedHost host, Path file, KeyPair key)
      throws IOException, GeneralSecurityException {
    List<Path> candidates = new ArrayList<>(host.certificateFiles());
    candidates.add(file.resolveSibling(file.getFileName() + "-cert.pub"));
    for (Path candidate : candidates) {
      OpenSshCertificate certificate = readCertificate(candidate);
      if (certificate != null
          && KeyUtils.compareKeys(certificate.getCertPubKey(), key.getPublic())) {
        return Optional.of(new KeyPair(certificate, key.getPrivate()));
      }
    }
    return Optional.empty();
  }

  private static @Nullable OpenSshCertificate readCertificate(Path file)
      throws IOException, GeneralSecurityException {
    if (FileAccess.isAbsent(file)) {
      return null;
    }
    FileAccess.requireRegularFile(file);
    PublicKey key =
        PublicKeyEntry.parsePublicKeyEntry(Files.readString(file).strip())
            .resolvePublicKey(null, null, null);
    return key instanceof OpenSshCertificate certificate ? certificate : null;
  }

  /**
   * The keys that a login may use, each with its certificate in front if there is one.
   *
   * @param problems the files that could not be used, and why
   */
  public record Identities(
      ImmutableList<KeyPair> keys, ImmutableList<String> files, ImmutableList<String> problems) {
    /** For messages: the files that were used, and what was wrong with the others. */
    public String shown() {
      String used = String.join(", ", files);
      return problems.isEmpty() ? used : used + " (unusable: " + String.join("; ", problems) + ")";
    }
  }
}
