package io.relais.sync.ssh.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.BaseEncoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Keys in every form that ssh-keygen and openssl write: what this machine's ssh-keygen opens, opens
 * here, as the same key; and of what can't be used it is said what to run.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class PrivateKeyFileTest {
  private static final String PASSPHRASE = "öpen sesame";

  /** Ciphers that the JDK does not have, and curves by their numbers. */
  private static final List<String> CONVERTED =
      List.of("pkcs8-camellia-256-cbc", "pkcs8-aria-256-cbc", "ec-explicit");

  @TempDir static Path directory;

  /** Writes one key in each form, with one shell for all, since each start of a program costs. */
  @BeforeAll
  static void generate() throws Exception {
    String script =
        """
        set -eu
        for c in $(ssh -Q cipher); do ssh-keygen -q -t ed25519 -N "$P" -a 1 -Z $c -f openssh-$c; done
        for t in ed25519 rsa; do ssh-keygen -q -t $t -N '' -f openssh-$t; done
        for b in 256 384 521; do
          ssh-keygen -q -t ecdsa -b $b -N '' -f openssh-ec$b
          ssh-keygen -q -m PEM -t ecdsa -b $b -N '' -f pem-ec$b
          ssh-keygen -q -m PKCS8 -t ecdsa -b $b -N '' -f pkcs8-ec$b
          ssh-keygen -q -m PKCS8 -t ecdsa -b $b -N "$P" -f pkcs8-encrypted-ec$b
        done
        ssh-keygen -q -m PEM -t rsa -b 2048 -N '' -f pem-rsa
        ssh-keygen -q -m PEM -t rsa -b 2048 -N "$P" -f pem-encrypted-rsa
        ssh-keygen -q -m PEM -t ecdsa -N "$P" -f pem-encrypted-ec
        ssh-keygen -q -m PKCS8 -t rsa -b 3072 -N '' -f pkcs8-rsa
        ssh-keygen -q -m PKCS8 -t rsa -b 4096 -N "$P" -f pkcs8-encrypted-rsa
        openssl genpkey -algorithm ed25519 -out pkcs8-ed25519
        openssl ecparam -name prime256v1 -genkey -out ec-parameters
        openssl ecparam -name prime256v1 -genkey -param_enc explicit -out ec-explicit
        for c in aes128 aes192 aes256 des3; do
          openssl rsa -in pem-rsa -traditional -$c -passout env:P -out pem-$c
        done
        for c in aes-128-cbc aes-192-cbc aes-256-cbc des3 aes-128-ofb aes-256-cfb camellia-256-cbc \\
            aria-256-cbc; do
          openssl pkcs8 -topk8 -in pem-ec384 -v2 $c -passout env:P -out pkcs8-$c
        done
        for h in MD5 SHA1 SHA224 SHA256 SHA384 SHA512 SHA512-224 SHA512-256; do
          openssl pkcs8 -topk8 -in pem-ec256 -v2 aes256 -v2prf hmacWith$h -passout env:P -out pkcs8-$h
        done
        for v in PBE-SHA1-3DES PBE-SHA1-2DES; do
          openssl pkcs8 -topk8 -in pem-ec521 -v1 $v -passout env:P -out pkcs8-$v
        done
        openssl pkcs8 -topk8 -in pem-rsa -scrypt -passout env:P -out pkcs8-scrypt
        openssl pkcs8 -topk8 -in pem-ec256 -scrypt -scrypt_N 1024 -scrypt_r 4 -scrypt_p 3 \\
            -passout env:P -out pkcs8-scrypt-small
        openssl pkcs8 -topk8 -in pkcs8-ed25519 -passout env:P -out pkcs8-encrypted-ed25519
        (echo Bag Attributes; echo '    friendlyName: x'; cat pkcs8-rsa) >pkcs8-attributes
        (cat openssh-ed25519; echo behind) >openssh-behind
        sed 's/$/\\r/' pem-rsa >pem-crlf
        # What has to be refused.
        mkdir other
        openssl rsa -in pem-rsa -outform DER -out other/der
        openssl pkcs12 -export -nocerts -inkey pem-rsa -passout env:P -out other/pkcs12
        cp openssh-rsa.pub other/public
        openssl dsaparam -noout -genkey -out other/dsa 1024
        printf 'PuTTY-User-Key-File-3: ssh-ed25519\\nEncryption: none\\n' >other/putty
        printf -- '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\\n' >other/ssh.com
        sed 's/AES-128-CBC/DES-CBC/' pem-aes128 >other/des
        echo no key at all >other/text
        head -c 300 openssh-rsa >other/cut
        echo "$P" >other/passphrase
        echo wrong >other/wrong
        rm -f *.pub
        find . -type f -exec chmod 600 {} +
        """;
    run(script);
  }

  private static String run(String script) throws IOException, InterruptedException {
    Path log = directory.resolveSibling(directory.getFileName() + ".log");
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", script).directory(directory.toFile());
    shell.environment().put("P", PASSPHRASE);
    Process process = shell.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean done = process.waitFor() == 0;
    String said = Files.readString(log);
    Files.delete(log);
    assertThat(done).as(said).isTrue();
    return said;
  }

  private static Path other(String name) {
    return directory.resolve("other").resolve(name);
  }

  private static String opened(Path file) throws IOException {
    return PublicKeyEntry.toString(
        new PrivateKeyFile(file, Optional.of(other("passphrase"))).read().getFirst().getPublic());
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(Path file, String passphrase) {
    return assertThatThrownBy(() -> new PrivateKeyFile(file, Optional.of(other(passphrase))).read())
        .isInstanceOf(IOException.class)
        .hasMessageNotContainingAny("Exception", "BouncyCastle", "DER:", "null");
  }

  @Test
  void opensWhatSshOpens() throws Exception {
    // A line for each file: its name, and the public key if ssh-keygen can tell it.
    String told =
        run(
            """
            for f in *; do
              [ -f "$f" ] || continue
              echo "$f=$(ssh-keygen -y -P "$P" -f "$f" 2>/dev/null || ssh-keygen -y -P '' -f "$f" 2>/dev/null)"
            done
            """);
    SoftAssertions softly = new SoftAssertions();
    List<String> names = new ArrayList<>();
    for (String line : told.lines().toList()) {
      int sign = line.indexOf('=');
      String name = line.substring(0, sign);
      names.add(name);
      if (CONVERTED.contains(name)) {
        continue;
      }
      String[] expected = line.substring(sign + 1).split(" ");
      // OpenSSH before 9.6 can't read ed25519 in PKCS #8; Debian 13's can.
      boolean known = expected.length > 1;
      softly.assertThat(known || name.endsWith("ed25519")).as(name + ", by ssh-keygen").isTrue();
      softly
          .assertThatCode(
              () -> {
                String key = opened(directory.resolve(name));
                if (known) {
                  assertThat(key).isEqualTo(expected[0] + " " + expected[1]);
                }
              })
          .as(name)
          .doesNotThrowAnyException();
    }
    softly.assertAll();
    assertThat(names).hasSizeGreaterThan(40).containsAll(CONVERTED);
  }

  @Test
  void opensTheSameEd25519KeyInPkcs8WithAndWithoutPassphrase() throws Exception {
    assertThat(opened(directory.resolve("pkcs8-encrypted-ed25519")))
        .isEqualTo(opened(directory.resolve("pkcs8-ed25519")))
        .startsWith("ssh-ed25519 ");
  }

  /** What it says to run is run here, and what comes of it is opened. */
  @Test
  void saysHowToConvertWhatOnlyOpenSslKnows() throws Exception {
    for (String name : CONVERTED) {
      Path file = directory.resolve(name);
      Path copy = other(name);
      Files.copy(file, copy);
      assertRefused(copy, "passphrase")
          .hasMessageContaining("not supported here")
          .hasMessageContaining("ssh-keygen -p -f '" + copy + "'");
      run("ssh-keygen -q -p -f '" + copy + "' -P \"$P\" -N \"$P\"");
      assertThat(opened(copy)).startsWith("ecdsa-sha2-");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "putty, puttygen 'FILE' -O private-openssh -o 'FILE.openssh'",
    "ssh.com, ssh-keygen -i -f 'FILE' > 'FILE.openssh'",
    "public, is a public key",
    "der, openssl pkey -in 'FILE' -out 'FILE.openssh'",
    "pkcs12, openssl pkey -in 'FILE' -out 'FILE.openssh'",
    "dsa, is a DSA key",
    "des, is encrypted with DES-CBC",
    "text, holds no private key",
    "cut, is damaged",
    "fido, FIDO",
  })
  void saysWhatToRunInstead(String name, String expected) throws Exception {
    Path file = other(name);
    if (name.equals("fido")) { // Making one needs the device.
      byte[] key = "openssh-key-v1\0....sk-ssh-ed25519@openssh.com....".getBytes(US_ASCII);
      Files.writeString(
          file,
          "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n"
              .formatted(BaseEncoding.base64().encode(key)));
      Files.setPosixFilePermissions(file, fromString("rw-------"));
    }
    assertRefused(file, "passphrase")
        .hasMessageContaining(expected.replace("FILE", file.toString()));
    if (expected.startsWith("openssl ")) {
      run(
          "cd other && openssl pkey -in %s -passin env:P -out converted && chmod 600 converted"
              .formatted(name));
      assertThat(opened(other("converted"))).isEqualTo(opened(directory.resolve("pem-rsa")));
    }
  }

  @Test
  void saysThatThePassphraseIsWrongOrMissing() {
    Stream.of("openssh-aes256-ctr", "pem-aes256", "pkcs8-SHA256", "pkcs8-scrypt", "pkcs8-des3")
        .map(directory::resolve)
        .forEach(
            file -> {
              assertRefused(file, "wrong")
                  .hasMessage("the passphrase in " + other("wrong") + " does not open it");
              assertThatThrownBy(() -> new PrivateKeyFile(file, Optional.empty()).read())
                  .hasMessageContaining("it is encrypted")
                  .hasMessageContaining("passphrase_file");
            });
  }
}
