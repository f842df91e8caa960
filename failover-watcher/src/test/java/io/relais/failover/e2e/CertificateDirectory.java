package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.relais.testbed.web.TestCertificates.Issued;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Certbot's directories in a copy, changed as sync-agent changes them: new files first, then each
 * symlink by a rename over the old one.
 */
final class CertificateDirectory {
  private final Path archive;
  private final Path live;
  private int number;

  CertificateDirectory(Path letsencrypt, String name) throws IOException {
    this.archive = Files.createDirectories(letsencrypt.resolve("archive").resolve(name));
    this.live = Files.createDirectories(letsencrypt.resolve("live").resolve(name));
  }

  /** Where the four symlinks are. */
  Path live() {
    return live;
  }

  Path file(String name) {
    return live.resolve(name + ".pem");
  }

  /** What certbot does once the certificate was renewed. */
  void renew(Issued issued) throws IOException {
    renew(issued.chainPem(), issued.keyPem());
  }

  void renew(String chain, String key) throws IOException {
    number++;
    put("cert", chain);
    put("chain", chain);
    put("fullchain", chain);
    put("privkey", key);
    for (String name : new String[] {"cert", "chain", "fullchain", "privkey"}) {
      Path temporary = live.resolve("." + name + ".relais-tmp");
      Files.createSymbolicLink(
          temporary,
          Path.of("../../archive").resolve(live.getFileName()).resolve(name + number + ".pem"));
      Files.move(
          temporary,
          file(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void put(String name, String content) throws IOException {
    Files.writeString(archive.resolve(name + number + ".pem"), content, US_ASCII);
  }
}
