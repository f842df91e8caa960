package io.relais.failover.notify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** A server's certificate by an authority of its own. */
record TlsIdentity(HeldCertificate authority, HeldCertificate server) {
  static TlsIdentity of(String name) {
    HeldCertificate authority = new HeldCertificate.Builder().certificateAuthority(0).build();
    return new TlsIdentity(
        authority,
        new HeldCertificate.Builder()
            // GnuTLS does not read the EC keys that this class writes.
            .rsa2048()
            .addSubjectAlternativeName(name)
            .commonName(name)
            .signedBy(authority)
            .build());
  }

  SSLContext context() {
    return new HandshakeCertificates.Builder().heldCertificate(server).build().sslContext();
  }

  /** The authority, as PEM. */
  Path write(Path directory) throws IOException {
    return Files.writeString(directory.resolve("ca.pem"), authority.certificatePem());
  }
}
