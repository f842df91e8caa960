package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.scan.LinkPolicy;
import io.relais.sync.scan.LinuxSourceTree;
import io.relais.sync.scan.SourceTree;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CertificatePairsTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir static Path stores;
  private static Pair rsa;
  private static Pair otherRsa;
  private static Pair ec;

  @TempDir Path root;

  /** PEM texts. */
  private record Pair(String key, String certificate) {}

  @BeforeAll
  static void makePairs() throws Exception {
    rsa = pair("rsa", "RSA", "2048");
    otherRsa = pair("other", "RSA", "2048");
    ec = pair("ec", "EC", "256");
  }

  private static Pair pair(String name, String algorithm, String size) throws Exception {
    Path file = stores.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "x",
                "-dname",
                "CN=example.org",
                "-storetype",
                "PKCS12",
                "-storepass",
                "password",
                "-keystore",
                file.toString(),
                "-keyalg",
                algorithm,
                "-keysize",
                size)
            .redirectErrorStream(true)
            .start();
    keytool.getInputStream().readAllBytes();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return new Pair(
        pem("PRIVATE KEY", store.getKey("x", PASSWORD).getEncoded()),
        pem("CERTIFICATE", store.getCertificate("x").getEncoded()));
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  @Test
  void findsNothingWrongWithPairsThatMatch() throws Exception {
    put("live/a", rsa.key(), rsa.certificate());
    put("live/b", ec.key(), ec.certificate());

    assertThat(mismatch("live/a/cert.pem", "live/b/cert.pem")).isNull();
  }

  @Test
  void namesTheDirectoryWhosePairDoesNotMatch() throws Exception {
    put("live/a", rsa.key(), rsa.certificate());
    put("live/b", rsa.key(), otherRsa.certificate());

    assertThat(mismatch("live/a/cert.pem", "live/b/cert.pem"))
        .isEqualTo("privkey.pem and cert.pem in live/b do not match (yet)");
  }

  @Test
  void noticesAKeyOfAnotherKind() throws Exception {
    put("live/a", rsa.key(), ec.certificate());

    assertThat(mismatch("live/a/privkey.pem")).isNotNull();
  }

  @Test
  void readsThroughTheSymlinksOfALineage() throws Exception {
    put("archive/a/1", rsa.key(), rsa.certificate());
    put("archive/a/2", otherRsa.key(), otherRsa.certificate());
    Files.createDirectories(root.resolve("live/a"));
    Files.createSymbolicLink(
        root.resolve("live/a/privkey.pem"), Path.of("../../archive/a/2/privkey.pem"));
    Files.createSymbolicLink(
        root.resolve("live/a/cert.pem"), Path.of("../../archive/a/1/cert.pem"));

    assertThat(mismatch("live/a/privkey.pem")).contains("live/a");
  }

  @Test
  void doesNotObjectToWhatItCannotJudge() throws Exception {
    put("live/a", "no key", rsa.certificate());
    put("live/b", rsa.key(), "no certificate");
    put("live/c", rsa.key().replace("PRIVATE", "EC PRIVATE"), rsa.certificate());
    Files.createDirectories(root.resolve("live/d"));
    Files.writeString(root.resolve("live/d/cert.pem"), rsa.certificate());
    Files.createSymbolicLink(root.resolve("live/d/privkey.pem"), Path.of("/etc/hostname"));

    assertThat(mismatch("live/a/cert.pem", "live/b/cert.pem", "live/c/cert.pem", "live/d/cert.pem"))
        .isNull();
  }

  private void put(String directory, String key, String certificate) throws Exception {
    Path at = Files.createDirectories(root.resolve(directory));
    Files.write(at.resolve("privkey.pem"), key.getBytes(US_ASCII));
    Files.write(at.resolve("cert.pem"), certificate.getBytes(US_ASCII));
  }

  private @Nullable String mismatch(String... changed) throws Exception {
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    for (String path : changed) {
      steps.add(new Step.Delete(RelPath.ofLatin1(path), Kind.FILE));
    }
    PlanBuilder builder = new PlanBuilder(path -> null);
    builder.add(
        new DirectoryPlan(
            steps.build(),
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of()));
    Plan plan = builder.build();
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      return new CertificatePairs(tree).mismatch(plan);
    }
  }
}
