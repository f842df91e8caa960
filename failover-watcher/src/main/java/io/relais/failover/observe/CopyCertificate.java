package io.relais.failover.observe;

import io.relais.common.Faults;
import io.relais.common.TimeText;
import io.relais.failover.net.CertificateFile;
import io.relais.failover.net.CertificateSummary;
import io.relais.failover.probe.ProbeResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate that lies in the copy, next to the one that is served. For any threads. */
public final class CopyCertificate {
  private static final Logger log = LoggerFactory.getLogger(CopyCertificate.class);

  private final Optional<Path> file;
  private final InstantSource clock;
  private final AtomicReference<String> trouble = new AtomicReference<>("");

  /**
   * Makes one.
   *
   * @param file in PEM; empty where nothing is compared
   */
  public CopyCertificate(Optional<Path> file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * A certificate of the copy that the web server has not loaded.
   *
   * @param difference which one instead of which
   * @param advice what to do, for people
   */
  record Unloaded(String difference, String advice) {}

  /** Whether the copy has a newer one for that host than was served, which is valid. */
  Optional<Unloaded> unloaded(String host, ProbeResult served) {
    Instant now = clock.instant();
    return served
        .certificate()
        .flatMap(
            shown ->
                read()
                    .filter(copied -> copied.isFor(host))
                    .map(CertificateFile::summary)
                    .filter(copied -> copied.isNewerThan(shown) && copied.isValid(now))
                    .map(copied -> unloaded(shown, copied)));
  }

  private static Unloaded unloaded(CertificateSummary shown, CertificateSummary copied) {
    return new Unloaded(
        copied.fingerprint() + " for " + shown.fingerprint(),
        ("the backup serves the certificate of %s, and the copy has a newer one, valid until %s:"
                + " reload the backup's web server (systemctl reload nginx), or have it done by"
                + " relais-reload@nginx.path")
            .formatted(TimeText.of(shown.validFrom()), TimeText.of(copied.validUntil())));
  }

  private Optional<CertificateFile> read() {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      CertificateFile certificate = CertificateFile.read(file.get());
      trouble.set("");
      return Optional.of(certificate);
    } catch (IOException e) {
      String why = Faults.withFile(e);
      if (!trouble.getAndSet(why).equals(why)) {
        log.warn("the copy's certificate can't be read, so it is not compared: {}", why);
      }
      return Optional.empty();
    }
  }
}
