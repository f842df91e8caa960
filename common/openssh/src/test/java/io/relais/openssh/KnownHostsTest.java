package io.relais.openssh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import com.google.common.io.ByteArrayDataOutput;
import com.google.common.io.ByteStreams;
import io.relais.openssh.ConfigLine.ConfigLocation;
import io.relais.openssh.KnownHosts.KnownKey;
import io.relais.openssh.KnownHosts.KnownKeyTypes;
import io.relais.openssh.KnownHosts.Verdict;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KnownHostsTest {
  private static final String ED = "ssh-ed25519";
  private static final byte[] ONE = key(ED, 1);
  private static final byte[] TWO = key(ED, 2);
  private static final byte[] EC = key("ecdsa-sha2-nistp256", 3);

  private final SshFiles disk = new SshFiles();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gate                    | gate | 22   | Trusted
          GATE                    | gate | 22   | Trusted
          gate                    | Gate | 22   | Trusted
          other,gate,third        | gate | 22   | Trusted
          other                   | gate | 22   | Unknown
          ga*                     | gate | 22   | Trusted
          gat?                    | gate | 22   | Trusted
          *                       | gate | 22   | Trusted
          *,!gate                 | gate | 22   | Unknown
          !gate,*                 | gate | 22   | Unknown
          [gate]:22               | gate | 22   | Unknown
          [gate]:2222             | gate | 22   | Unknown
          [gate]:2222             | gate | 2222 | Trusted
          [gate]:2223             | gate | 2222 | Unknown
          gate                    | gate | 2222 | Trusted
          ga*                     | gate | 2222 | Trusted
          *                       | gate | 2222 | Trusted
          [gate]:*                | gate | 2222 | Trusted
          *,![gate]:2222          | gate | 2222 | Trusted
          2001:db8::1             | 2001:db8::1 | 22 | Trusted
          [2001:db8::1]:2222      | 2001:DB8::1 | 2222 | Trusted
          """)
  void findsAHostAsOpenSshDoes(String pattern, String host, int port, String expected) {
    Verdict verdict = read(pattern + " " + text(ONE)).check(host, port, ED, ONE);

    assertThat(verdict.getClass().getSimpleName()).isEqualTo(expected);
  }

  @Test
  void tellsWhereTheTrustedKeyStands() {
    KnownHosts known = read("# comment", "", "gate " + text(TWO), "gate " + text(ONE) + " me@here");

    assertThat(known.check("gate", 22, ED, ONE))
        .isEqualTo(
            new Verdict.Trusted(
                new KnownKey(
                    new ConfigLocation(disk.path("/kh"), 4),
                    ED,
                    BaseEncoding.base64().encode(ONE))));
    assertThat(known.warnings()).isEmpty();
  }

  @Test
  void aHashedNameIsFoundWithAndWithoutAPort() {
    KnownHosts known =
        read(hashed("gate") + " " + text(ONE), hashed("[gate]:2222") + " " + text(TWO));

    assertThat(known.check("gate", 22, ED, ONE)).isInstanceOf(Verdict.Trusted.class);
    assertThat(known.check("gate", 2222, ED, TWO)).isInstanceOf(Verdict.Trusted.class);
    assertThat(known.check("gate", 2223, ED, ONE)).isInstanceOf(Verdict.Trusted.class);
    assertThat(known.check("gate", 22, ED, TWO)).isInstanceOf(Verdict.Changed.class);
    assertThat(known.check("other", 22, ED, ONE)).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void anyOtherKeyOfTheHostMakesItChangedAndAllAreNamed() {
    Verdict verdict =
        read("gate " + text(TWO), "other " + text(ONE), "gate " + text(EC))
            .check("gate", 22, ED, ONE);

    assertThat(((Verdict.Changed) verdict).expected())
        .extracting(key -> key.at() + " " + key.keyType() + " " + key.fingerprint())
        .containsExactly(
            "/kh:1 ssh-ed25519 " + KnownHosts.fingerprint(TWO),
            "/kh:3 ecdsa-sha2-nistp256 " + KnownHosts.fingerprint(EC));
  }

  @Test
  void anotherKeyUnderTheBareNameLeavesAnotherPortUnknown() {
    assertThat(read("gate " + text(TWO)).check("gate", 2222, ED, ONE))
        .isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void aKeyForThePortHidesTheBareName() {
    assertThat(read("[gate]:2222 " + text(TWO), "gate " + text(ONE)).check("gate", 2222, ED, ONE))
        .isInstanceOf(Verdict.Changed.class);
  }

  @ParameterizedTest
  @CsvSource({"*, 22", "*, 2222", "gate, 22", "gate, 2222", "'[gate]:2222', 2222", "g*, 2222"})
  void aRevokedKeyIsRefusedThoughAnotherLineTrustsIt(String pattern, int port) {
    Verdict verdict =
        read("[gate]:2222,gate " + text(ONE), "@revoked " + pattern + " " + text(ONE))
            .check("gate", port, ED, ONE);

    assertThat(verdict).isInstanceOf(Verdict.Revoked.class);
    assertThat(((Verdict.Revoked) verdict).key().at()).hasToString("/kh:2");
  }

  @Test
  void aRevokedLineSaysNothingOfOtherKeysAndOtherHosts() {
    KnownHosts known = read("@revoked gate " + text(ONE), "* " + text(TWO), "* " + text(ONE));

    assertThat(known.check("gate", 22, ED, TWO)).isInstanceOf(Verdict.Trusted.class);
    assertThat(known.check("other", 22, ED, ONE)).isInstanceOf(Verdict.Trusted.class);
  }

  @Test
  void aRevokedLineWithATabIsHonouredThoughOpenSshSkipsIt() {
    assertThat(read("@revoked\tgate " + text(ONE)).check("gate", 22, ED, ONE))
        .isInstanceOf(Verdict.Revoked.class);
  }

  @Test
  void anAuthorityIsFoundByNameAndPortOrByTheBareName() {
    KnownHosts known =
        read(
            "@cert-authority *.example " + text(TWO), "@cert-authority [v.example]:5 " + text(ONE));

    assertThat(line(known.authorityFor("gate.example", 22, ED, TWO))).isEqualTo("/kh:1");
    assertThat(line(known.authorityFor("gate.example", 2222, ED, TWO))).isEqualTo("/kh:1");
    assertThat(line(known.authorityFor("v.example", 5, ED, ONE))).isEqualTo("/kh:2");
    assertThat(line(known.authorityFor("v.example", 5, ED, TWO))).isEqualTo("/kh:1");
    assertThat(known.authorityFor("v.example", 22, ED, ONE)).isEmpty();
    assertThat(known.authorityFor("gate.test", 22, ED, TWO)).isEmpty();
    assertThat(known.authorityFor("gate.example", 22, ED, ONE)).isEmpty();
    assertThat(known.check("gate.example", 22, ED, TWO)).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void aRevokedAuthorityIsFound() {
    KnownHosts known = read("@cert-authority * " + text(TWO), "@revoked * " + text(TWO));

    assertThat(line(known.revocation("gate", 2222, TWO))).isEqualTo("/kh:2");
    assertThat(known.revocation("gate", 2222, ONE)).isEmpty();
  }

  @Test
  void keyTypesComeInFileOrderEachOnce() {
    KnownHosts known =
        read(
            "gate " + text(EC),
            "gate " + text(ONE),
            "* " + text(TWO),
            "@revoked gate " + text(key("ssh-rsa", 4)),
            "@cert-authority ca.example " + text(ONE));

    assertThat(known.keyTypesFor("gate", 22))
        .isEqualTo(new KnownKeyTypes(ImmutableList.of("ecdsa-sha2-nistp256", ED), false));
    assertThat(known.keyTypesFor("ca.example", 2222))
        .isEqualTo(new KnownKeyTypes(ImmutableList.of(ED), true));
  }

  @Test
  void keyTypesOfAPortFallBackToTheBareName() {
    KnownHosts known = read("gate " + text(EC), "[gate]:2222 " + text(ONE));

    assertThat(known.keyTypesFor("gate", 2222).plain()).containsExactly(ED);
    assertThat(known.keyTypesFor("gate", 2223).plain()).containsExactly("ecdsa-sha2-nistp256");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          gate                                  ~ no host, key type and key
          gate ssh-ed25519                      ~ no host, key type and key
          gate #comment x                       ~ no host, key type and key
          gate ssh-ed25519 !!!!                 ~ its key is not valid base64
          gate ssh-rsa AAAAC3NzaC1lZDI1NTE5     ~ its key is not of the type 'ssh-rsa'
          gate ssh-ed25519 AAAA                 ~ its key is not of the type 'ssh-ed25519'
          gate ssh-ed25519 AAAAf3NzaA==         ~ its key is not of the type 'ssh-ed25519'
          gate 1024 35 1234                     ~ its key is not valid base64
          gate 1024 3535 1234                   ~ its key is not of the type '1024'
          @trusted gate ssh-ed25519 AAAA        ~ '@trusted' is not a marker that OpenSSH knows
          @revoked @revoked ssh-ed25519 AAAA    ~ its key is not of the type
          |1|abc|def ssh-ed25519 AAAA     ~ the salt of its hashed name is not 20 bytes long
          |2|abc|def ssh-ed25519 AAAA     ~ its hashed name is cut or of an unknown kind
          """)
  void aBadLineIsSkippedAndNamed(String line, String expected) {
    KnownHosts known = read("", line, "gate " + text(ONE));

    assertThat(known.warnings()).hasSize(1);
    assertThat(known.warnings().getFirst())
        .startsWith("/kh:2: this line is skipped: ")
        .contains(expected);
    assertThat(known.check("gate", 22, ED, ONE)).isInstanceOf(Verdict.Trusted.class);
  }

  @Test
  void aMarkerForAnAuthorityWithATabIsSkippedAsInOpenSsh() {
    KnownHosts known = read("@cert-authority\tgate " + text(ONE));

    assertThat(known.authorityFor("gate", 22, ED, ONE)).isEmpty();
    assertThat(known.warnings()).hasSize(1);
  }

  @Test
  void severalFilesAreOneAndMissingOnesAreEmpty() {
    Path user = disk.write("/user", "gate " + text(TWO));
    Path global = disk.write("/global", "gate " + text(ONE));
    KnownHosts known =
        KnownHosts.read(ImmutableList.of(disk.path("/none"), user, disk.path("/none2"), global));

    assertThat(((Verdict.Trusted) known.check("gate", 22, ED, ONE)).key().at())
        .hasToString("/global:1");
    assertThat(known.warnings()).isEmpty();
  }

  @Test
  void aFileThatCanNotBeReadIsNamed() {
    disk.write("/d/inner");

    assertThat(KnownHosts.read(ImmutableList.of(disk.path("/d"))).warnings())
        .singleElement()
        .asString()
        .isEqualTo(
            "/d: is a directory, not a file; name the file in it; until then its host keys are not"
                + " known");
  }

  private KnownHosts read(String... lines) {
    return KnownHosts.read(ImmutableList.of(disk.write("/kh", lines)));
  }

  private static String line(Optional<KnownKey> key) {
    return key.orElseThrow().at().toString();
  }

  @SuppressWarnings("deprecation") // What the format prescribes.
  private static String hashed(String name) {
    byte[] salt = new byte[20];
    salt[7] = 9;
    byte[] hash = Hashing.hmacSha1(salt).hashString(name, UTF_8).asBytes();
    return "|1|" + BaseEncoding.base64().encode(salt) + "|" + BaseEncoding.base64().encode(hash);
  }

  private static String text(byte[] blob) {
    int length = blob[3];
    return new String(blob, 4, length, UTF_8) + " " + BaseEncoding.base64().encode(blob);
  }

  /** Something with the outer form of a public key. */
  static byte[] key(String type, int seed) {
    ByteArrayDataOutput out = ByteStreams.newDataOutput();
    out.writeInt(type.length());
    out.write(type.getBytes(UTF_8));
    out.writeInt(32);
    out.write(Hashing.sha256().hashInt(seed).asBytes());
    return out.toByteArray();
  }
}
