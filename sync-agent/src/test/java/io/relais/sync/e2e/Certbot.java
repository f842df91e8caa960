package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;

/**
 * Lays out and renews certificates as certbot does: numbered files in {@code archive}, then the
 * symlinks in {@code live}, removed and made anew one by one.
 */
final class Certbot {
  /** In certbot's order. */
  static final ImmutableList<String> KINDS =
      ImmutableList.of("cert", "privkey", "chain", "fullchain");

  private final Path root;
  private final Path drafts;
  private int version;

  Certbot(Path root, Path drafts) throws IOException {
    this.root = root;
    this.drafts = Files.createDirectories(drafts);
  }

  Path archive() {
    return root.resolve("archive/example.org");
  }

  Path live() {
    return root.resolve("live/example.org");
  }

  /** The first certificate. */
  void obtain() throws IOException, InterruptedException {
    for (Path each : ImmutableList.of(archive(), live(), root.resolve("renewal"))) {
      Files.createDirectories(each);
    }
    for (String each : ImmutableList.of("archive", "live")) {
      Files.setPosixFilePermissions(
          root.resolve(each), PosixFilePermissions.fromString("rwx------"));
    }
    renew(0);
  }

  /** Renews, with so many milliseconds between any two changes. */
  void renew(int pause) throws IOException, InterruptedException {
    writeArchive(pause);
    for (String kind : KINDS) {
      point(kind);
      pause(pause);
    }
    Files.writeString(root.resolve("renewal/example.org.conf"), "version = " + version + "\n");
  }

  /** The new files, which nothing refers to yet. */
  void writeArchive(int pause) throws IOException, InterruptedException {
    version++;
    makePair();
    for (String kind : KINDS) {
      Path file = archive().resolve(kind + version + ".pem");
      if (kind.equals("privkey")) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      Files.write(file, Files.readAllBytes(drafts.resolve(kind)));
      pause(pause);
    }
  }

  /** Makes the symlink of one kind point to the newest file. */
  void point(String kind) throws IOException {
    Path link = live().resolve(kind + ".pem");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of("../../archive/example.org/" + kind + version + ".pem"));
  }

  int version() {
    return version;
  }

  static void pause(int milliseconds) throws InterruptedException {
    boolean over = new CountDownLatch(1).await(milliseconds, MILLISECONDS);
    if (over) {
      throw new AssertionError("nobody counts it down");
    }
  }

  private void makePair() throws IOException, InterruptedException {
    Path key = drafts.resolve("privkey");
    Path certificate = drafts.resolve("cert");
    Tools.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "90",
        "-subj",
        "/CN=example.org",
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString());
    byte[] chain = ("# issuer of version " + version + "\n").getBytes(US_ASCII);
    Files.write(drafts.resolve("chain"), chain);
    Files.writeString(
        drafts.resolve("fullchain"), Files.readString(certificate) + new String(chain, US_ASCII));
  }

  /** Whether the key of a tree laid out so is that of its certificate, by their public keys. */
  static boolean matches(Path root, String certificate) throws IOException, InterruptedException {
    Path live = root.resolve("live/example.org");
    return Tools.run("openssl", "x509", "-noout", "-pubkey", "-in", live.resolve(certificate) + "")
        .equals(Tools.run("openssl", "pkey", "-pubout", "-in", live.resolve("privkey.pem") + ""));
  }
}
