package io.relais.sync.certificate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Step;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceTree;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

public final class CertificateKeyCheckTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir static Path stores;
  private static Pair rsa;
  private static Pair otherRsa;
  private static Pair ec;
  private static Pair otherEc;
  private static Pair ec384;
  private static Pair ec521;
  private static Pair ed25519;

  @TempDir Path root;

  /** What the target has of a path, where that is not nothing. */
  private final Map<String, TargetEntry> replaced = new HashMap<>();

  /** PEM texts. */
  public record Pair(String key, String certificate) {}

  @BeforeAll
  static void makePairs() throws Exception {
    rsa = pair(stores, "rsa", "RSA", "2048");
    otherRsa = pair(stores, "other", "RSA", "2048");
    ec = pair(stores, "ec", "EC", "256");
    otherEc = pair(stores, "ec2", "EC", "256");
    ec384 = pair(stores, "ec384", "EC", "384");
    ec521 = pair(stores, "ec521", "EC", "521");
    ed25519 = pair(stores, "ed", "Ed25519", "255");
  }

  public static Pair pair(Path stores, String name, String algorithm, String size)
      throws Exception {
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

  /** The form before PKCS #8, which wraps it. */
  private static String inner(String label, String pkcs8) {
    byte[] der =
        Base64.getMimeDecoder()
            .decode(pkcs8.lines().filter(l -> !l.startsWith("-")).collect(joining()));
    for (int i = 0; i < der.length; i++) {
      if (der[i] != 4) {
        continue;
      }
      // The octets reach to the end, and hold a sequence that does too.
      int first = der[i + 1] & 0xFF;
      int start = i + 2 + (first < 0x80 ? 0 : first & 0x7F);
      int length =
          first < 0x80
              ? first
              : new BigInteger(1, Arrays.copyOfRange(der, i + 2, start)).intValue();
      if (start + length == der.length) {
        return pem(label, Arrays.copyOfRange(der, start, der.length));
      }
    }
    throw new AssertionError("no PKCS #8");
  }

  static Stream<Arguments> forms() {
    String parameters =
        pem(
            "EC PARAMETERS",
            new byte[] {6, 8, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 3, 1, 7});
    return Stream.of(
        arguments("RSA, PKCS #8", rsa.key(), rsa.certificate(), otherRsa.certificate()),
        arguments(
            "RSA, PKCS #1",
            inner("RSA PRIVATE KEY", rsa.key()),
            rsa.certificate(),
            otherRsa.certificate()),
        arguments("EC, PKCS #8", ec.key(), ec.certificate(), otherEc.certificate()),
        arguments(
            "EC, SEC 1",
            inner("EC PRIVATE KEY", ec.key()),
            ec.certificate(),
            otherEc.certificate()),
        arguments(
            "EC, SEC 1 after its parameters",
            parameters + inner("EC PRIVATE KEY", ec.key()),
            ec.certificate(),
            otherEc.certificate()),
        arguments(
            "EC, SEC 1, P-384",
            inner("EC PRIVATE KEY", ec384.key()),
            ec384.certificate(),
            ec.certificate()),
        arguments(
            "EC, SEC 1, P-521",
            inner("EC PRIVATE KEY", ec521.key()),
            ec521.certificate(),
            ec384.certificate()),
        arguments("Ed25519", ed25519.key(), ed25519.certificate(), ec.certificate()),
        arguments("RSA beside EC", rsa.key(), rsa.certificate(), ec.certificate()));
  }

  /** Names of a key's file, and of its certificate's; the same for one file with both. */
  private static final List<List<String>> LAYOUTS =
      List.of(
          List.of("live/a.example/privkey.pem", "live/a.example/fullchain.pem"),
          List.of("archive/a.example/privkey7.pem", "archive/a.example/cert7.pem"),
          List.of("certificates/a.example.key", "certificates/a.example.crt"),
          List.of("a.example/a.example.key", "a.example/fullchain.cer"),
          List.of("certs/a.example/privkey-17.pem", "certs/a.example/cert-17.pem"),
          List.of("acme-v02/a.example/a.example.key", "acme-v02/a.example/a.example.crt"),
          List.of("a.example.pem", "a.example.pem"),
          List.of("haproxy/a.example.pem", "haproxy/a.example.pem"));

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void judgesEachFormInTheLayoutOfEachClient(
      String form, String key, String certificate, String foreign) throws Exception {
    for (List<String> layout : LAYOUTS) {
      String keyFile = layout.getFirst();
      String certificateFile = layout.getLast();
      boolean one = keyFile.equals(certificateFile);

      write(keyFile, "Some text before it\n" + key);
      write(certificateFile, (one ? key : "") + certificate + foreign);
      assertThat(mismatch(keyFile, certificateFile)).as("%s in %s", form, layout).isNull();

      write(certificateFile, (one ? key : "") + foreign);
      assertThat(mismatch(certificateFile))
          .as("%s in %s", form, layout)
          .isEqualTo(
              "the private key in " + keyFile + " matches no certificate in its directory (yet)");
      Files.delete(root.resolve(certificateFile));
      Files.deleteIfExists(root.resolve(keyFile));
    }
  }

  @Test
  void letsOlderGenerationsStay() throws Exception {
    write("certs/a/privkey-1.pem", rsa.key());
    write("certs/a/cert-1.pem", rsa.certificate());
    write("certs/a/privkey-2.pem", ec.key());
    write("certs/a/cert-2.pem", ec.certificate());
    link("certs/a/privkey.pem", "privkey-2.pem");
    link("certs/a/cert.pem", "cert-2.pem");
    assertThat(mismatch("certs/a/privkey.pem")).isNull();

    write("certs/a/privkey-3.pem", otherEc.key());
    assertThat(mismatch("certs/a/privkey-3.pem")).contains("certs/a/privkey-3.pem matches no");
  }

  @Test
  void noticesThatAKeysCertificateWasDeleted() throws Exception {
    write("a/old.key", rsa.key());
    write("a/new.key", ec.key());
    write("a/new.crt", ec.certificate());
    assertThat(mismatch("a/old.crt")).contains("a/old.key");
  }

  @Test
  void readsThroughTheSymlinksOfALineage() throws Exception {
    write("archive/a/1/privkey.pem", rsa.key());
    write("archive/a/1/cert.pem", rsa.certificate());
    write("archive/a/2/privkey.pem", otherRsa.key());
    link("live/a/privkey.pem", "../../archive/a/2/privkey.pem");
    link("live/a/cert.pem", "../../archive/a/1/cert.pem");

    assertThat(mismatch("live/a/privkey.pem")).contains("live/a/privkey.pem");
  }

  @Test
  void leavesAloneWhatIsNoPair() throws Exception {
    write("accounts/private_key.json", "{\"kty\": \"RSA\"}");
    write("keys/0000_key.pem", rsa.key());
    write("chains/ca.pem", ec.certificate());
    write("ssh/id", pem("OPENSSH PRIVATE KEY", new byte[] {1, 2, 3}));
    write("ssh/a.crt", ec.certificate());
    write("text/a.key", "no key");
    write("text/b.crt", "no certificate");
    write("text/empty.pem", "");
    write("beside/readme", "no certificate");
    write("beside/empty", "");
    write("beside/a.der", "\u0001\u0000\u0002");
    write("beside/dh.pem", pem("DH PARAMETERS", new byte[] {1}));
    write("beside/chain.pem", "# none");
    write("beside/a.crt", rsa.certificate());
    write("csr/a.csr", pem("CERTIFICATE REQUEST", new byte[] {1}));
    Files.createDirectories(root.resolve("directory/privkey.pem"));
    write("directory/cert.pem", rsa.certificate());
    link("away/privkey.pem", "/etc/hostname");
    write("away/cert.pem", rsa.certificate());
    write("binary/a.key", "\0" + rsa.key());
    write("binary/a.crt", ec.certificate());
    write("huge/a.key", rsa.key() + " ".repeat(1 << 20));
    write("huge/a.crt", ec.certificate());

    assertThat(
            mismatch(
                "accounts/private_key.json",
                "keys/0000_key.pem",
                "chains/ca.pem",
                "ssh/id",
                "text/a.key",
                "text/b.crt",
                "text/empty.pem",
                "beside/readme",
                "beside/empty",
                "beside/a.der",
                "beside/dh.pem",
                "beside/chain.pem",
                "beside/a.crt",
                "csr/a.csr",
                "directory/cert.pem",
                "away/cert.pem",
                "binary/a.crt",
                "huge/a.crt"))
        .isNull();
  }

  @Test
  void neverOpensAPipe() throws Exception {
    write("a/cert.pem", rsa.certificate());
    Process mkfifo = new ProcessBuilder("mkfifo", root.resolve("a/privkey.pem").toString()).start();
    assertThat(mkfifo.waitFor()).isZero();

    assertThat(mismatch("a/cert.pem")).isNull();
  }

  @Test
  void takesWhatCannotBeReadForNoMatch() throws Exception {
    write("a/a.crt", rsa.certificate());
    String cut = rsa.key().substring(0, rsa.key().length() / 2);
    for (String key :
        List.of(
            cut,
            rsa.key().replace("PRIVATE", "EC PRIVATE"),
            rsa.key().replace('M', '*'),
            pem("PRIVATE KEY", new byte[] {0x30, (byte) 0x84, 0x7f, 0, 0, 0}),
            pem("EC PRIVATE KEY", new byte[] {0x30, 3, 4, (byte) 0x83, 1}),
            pem("EC PRIVATE KEY", new byte[] {0x30}),
            pem("RSA PRIVATE KEY", new byte[300]),
            pem("NEW PRIVATE KEY", new byte[70_000]))) {
      write("a/a.key", key);
      assertThat(mismatch("a/a.key"))
          .as(key)
          .startsWith("the private key in a/a.key can't be read")
          .endsWith("can't be told: write it again if it stays so, or exclude it");
    }
  }

  @Test
  void saysThatAKeyIsEncrypted() throws Exception {
    write("a/a.crt", rsa.certificate());
    write("a/a.key", pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}));
    assertThat(mismatch("a/a.key"))
        .contains("a/a.key can't be read: it is encrypted;")
        .endsWith("can't be told: exclude it, or store it without a passphrase");

    write(
        "a/a.key",
        inner("RSA PRIVATE KEY", rsa.key())
            .replaceFirst("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n"));
    assertThat(mismatch("a/a.key"))
        .contains("a/a.key can't be read: it is encrypted;")
        .endsWith("can't be told: exclude it, or store it without a passphrase");
  }

  @Test
  void waitsForACertificateThatIsHalfWritten() throws Exception {
    write("a/a.key", rsa.key());
    write("a/cert.pem", rsa.certificate());
    write("a/fullchain.pem", rsa.certificate() + ec.certificate().substring(0, 200));
    assertThat(mismatch("a/fullchain.pem")).startsWith("a certificate in a/fullchain.pem can't be");
  }

  /** How a renewal looks while it is written: what is there, what was before, what is said. */
  static Stream<Arguments> halfDone() {
    String cut = rsa.key().substring(0, rsa.key().length() / 2);
    String stale = "no private key in its directory matches the certificate in ";
    return Stream.of(
        halfDone("an emptied key", List.of("a.key", "", "a.crt", rsa.certificate()), "a.key is e"),
        halfDone("an emptied certificate", List.of("a.crt", "", "a.key", rsa.key()), "a.crt is e"),
        halfDone("an emptied combined file", List.of("a.pem", ""), "a.pem is empty (yet)"),
        halfDone("an emptied key alone", List.of("a.key", "\n"), "a.key is empty (yet)"),
        halfDone("half a key alone", List.of("a.key", cut), "a.key is cut short (yet)"),
        halfDone("half a first line", List.of("a.key", "-----BEG"), "a.key is cut short (yet)"),
        halfDone(
            "no key yet",
            List.of("a.key", "Key of a.example\n", "a.crt", rsa.certificate()),
            "a.key holds no key and no certificate (yet)"),
        halfDone(
            "the old fullchain beside the new key and certificate",
            List.of(
                "a.cer",
                otherRsa.certificate(),
                "a.key",
                otherRsa.key(),
                "fullchain.cer",
                rsa.certificate() + ec.certificate()),
            stale + "a/fullchain.cer (yet)"),
        halfDone(
            "the new fullchain beside the old key and certificate",
            List.of(
                "fullchain.pem",
                otherRsa.certificate(),
                "cert.pem",
                ec.certificate(),
                "privkey.pem",
                ec.key()),
            stale + "a/fullchain.pem (yet)"));
  }

  private static Arguments halfDone(String what, List<String> files, String said) {
    return arguments(what, files, said.startsWith("no ") ? said : "a/" + said);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("halfDone")
  void waitsForARenewalThatIsHalfDone(String what, List<String> files, String said)
      throws Exception {
    for (int i = 0; i < files.size(); i += 2) {
      write("a/" + files.get(i), files.get(i + 1));
    }
    String changed = "a/" + files.getFirst();
    replaced.put(changed, new TargetEntry(EntryKind.FILE, 1700, 0, 0600, null));
    assertThat(mismatch(changed)).as(what).startsWith(said);
  }

  /** Such as certbot makes them, switched one by one, in either order. */
  @ParameterizedTest
  @ValueSource(strings = {"cert privkey", "fullchain cert", "privkey fullchain", "cert fullchain"})
  void waitsForALineageThatIsSwitchedByHalf(String switched) throws Exception {
    for (String name : List.of("cert", "fullchain", "privkey")) {
      for (int i = 1; i <= 2; i++) {
        Pair of = i == 1 ? rsa : ec;
        write(
            "archive/a/" + name + i + ".pem", name.equals("privkey") ? of.key() : of.certificate());
      }
      int leads = List.of(switched.split(" ")).contains(name) ? 2 : 1;
      link("live/a/" + name + ".pem", "../../archive/a/" + name + leads + ".pem");
    }
    assertThat(mismatch("live/a/" + switched.split(" ")[0] + ".pem")).contains("live/a/", "(yet)");
    assertThat(mismatch("archive/a/cert2.pem")).isNull();
  }

  @Test
  @Tag("real")
  @EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
  void judgesWhatOpensslWrites() throws Exception {
    Path keys = Files.createDirectories(root.resolve("made"));
    for (String curve :
        List.of("prime256v1", "secp384r1", "secp521r1", "brainpoolP256r1", "secp256k1")) {
      openssl("ecparam", "-name", curve, "-genkey", "-out", keys.resolve("key").toString());
      assertOpensslsKeyMatchesOnlyItsOwn(keys.resolve("key"));
    }
    openssl("genrsa", "-traditional", "-out", keys.resolve("key").toString(), "2048");
    assertOpensslsKeyMatchesOnlyItsOwn(keys.resolve("key"));
    openssl("genpkey", "-algorithm", "ed448", "-out", keys.resolve("key").toString());
    assertOpensslsKeyMatchesOnlyItsOwn(keys.resolve("key"));
  }

  /** What openssl signs with its own key says that it may issue others. */
  @Test
  @Tag("real")
  @EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
  void waitsForASelfSignedRenewalThatIsHalfDone() throws Exception {
    Path made = Files.createDirectories(root.resolve("made"));
    for (String file : List.of("fullchain.pem", "cert.pem")) {
      openssl(
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:prime256v1",
          "-nodes",
          "-subj",
          "/CN=a.example",
          "-keyout",
          made.resolve("privkey.pem").toString(),
          "-out",
          made.resolve(file).toString());
    }
    assertThat(mismatch("made/cert.pem")).contains("the certificate in made/fullchain.pem (yet)");
  }

  private void assertOpensslsKeyMatchesOnlyItsOwn(Path key) throws Exception {
    Path certificate = key.resolveSibling("certificate");
    openssl(
        "req",
        "-x509",
        "-subj",
        "/CN=a.example",
        "-key",
        key.toString(),
        "-out",
        certificate.toString());
    assertThat(mismatch("made/key")).isNull();
    Files.writeString(certificate, rsa.certificate());
    assertThat(mismatch("made/key")).contains("made/key matches no certificate");
    Files.delete(certificate);
  }

  private static void openssl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private void write(String path, String text) throws Exception {
    Path at = root.resolve(path);
    Files.createDirectories(at.getParent());
    Files.write(at, text.getBytes(US_ASCII));
  }

  private void link(String path, String target) throws Exception {
    Path at = root.resolve(path);
    Files.createDirectories(at.getParent());
    Files.createSymbolicLink(at, Path.of(target));
  }

  private @Nullable String mismatch(String... changed) throws Exception {
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    for (String path : changed) {
      steps.add(step(RelPath.ofLatin1(path)));
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
            ImmutableList.of(),
            ImmutableList.of()));
    Plan plan = builder.build();
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      return new CertificateKeyCheck(tree)
          .judge(plan).objections().stream()
              .findFirst()
              .map(CertificateKeyCheck.Objection::why)
              .orElse(null);
    }
  }

  /** What a plan would have for a path that was made or changed; or deleted. */
  private Step step(RelPath path) throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      SourceEntry entry = tree.stat(path);
      return entry == null
          ? new Step.Delete(path, EntryKind.FILE)
          : entry.kind() == EntryKind.SYMLINK
              ? new Step.MakeSymlink(path, entry)
              : new Step.Upload(path, entry, replaced.get(path.latin1()), null);
    }
  }
}
