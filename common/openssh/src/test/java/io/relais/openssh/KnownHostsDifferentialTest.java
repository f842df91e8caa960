package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.EnumMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Multiset;
import com.google.common.io.BaseEncoding;
import io.relais.openssh.KnownHosts.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets the real ssh meet the real sshd with random known_hosts files, and compares what it makes of
 * them. sshd serves on ssh's standard input, as a proxy command, so host names and ports are free.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class KnownHostsDifferentialTest {
  private static final int FILES = 150;
  private static final List<Integer> PORTS = List.of(22, 2222);
  private static final String HOST = "gate.example";

  private static final List<String> PATTERNS =
      List.of(
          HOST,
          "[gate.example]:2222",
          "*",
          "*.example",
          "[*]:2222",
          "other.example",
          "*,!gate.example",
          "GATE.example,x",
          "![gate.example]:2222,*",
          "[gate.example]:22",
          "g???.example",
          "[gate.example]:*",
          "x,gate.example");

  @TempDir Path directory;
  private byte[] shown = {};
  private byte[] stranger = {};
  private byte[] authority = {};

  /** What ssh and we can make of a key. */
  private enum Outcome {
    TRUSTED,
    UNKNOWN,
    CHANGED,
    REVOKED
  }

  @BeforeEach
  void makeKeys() throws Exception {
    shown = key("shown");
    stranger = key("stranger");
    authority = key("authority");
    run(
        "ssh-keygen",
        "-q",
        "-s",
        file("authority"),
        "-I",
        "id",
        "-h",
        "-n",
        HOST,
        file("shown.pub"));
    sshd("plain.conf", "");
    sshd("cert.conf", "HostCertificate " + file("shown-cert.pub") + "\n");
    if (System.getProperty("user.name").equals("root")) {
      // As root, sshd wants its empty directory, which only a running service makes.
      Files.createDirectories(Path.of("/run/sshd"));
    }
  }

  private byte[] key(String name) throws Exception {
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(name));
    String line = Files.readString(directory.resolve(name + ".pub"));
    return BaseEncoding.base64().decode(line.split(" ")[1]);
  }

  private void sshd(String name, String more) throws IOException {
    Files.writeString(directory.resolve(name), "HostKey " + file("shown") + "\nUsePAM no\n" + more);
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private RealSsh.Output run(String... command) throws Exception {
    RealSsh.Output said = RealSsh.run(directory, Arrays.asList(command));
    assertThat(said.code()).as(said.err()).isZero();
    return said;
  }

  @Test
  void judgesPlainKeysAsSshDoes() throws Exception {
    Multiset<Outcome> seen = EnumMultiset.create(Outcome.class);
    Random random = new Random(seed());
    for (int i = 0; i < FILES; i++) {
      Path file = randomFile(random);
      for (int port : PORTS) {
        Outcome theirs = ssh("plain.conf", "ssh-ed25519", file, port);
        Outcome ours = plain(KnownHosts.read(List.of(file)), port);
        String context = "seed %d, port %d:%n%s".formatted(seed(), port, Files.readString(file));
        if (ours == Outcome.REVOKED && theirs != ours) {
          // The one place where we are stricter: a revocation of the bare name counts on each port.
          assertThat(port).as(context).isNotEqualTo(22);
        } else {
          assertThat(ours).as(context).isEqualTo(theirs);
        }
        seen.add(theirs);
      }
    }
    System.out.println("known_hosts, plain keys: " + seen);
    assertThat(seen.elementSet()).containsExactlyInAnyOrder(Outcome.values());
  }

  @Test
  void trustsNoCertificateThatSshDoesNot() throws Exception {
    int trusted = 0;
    int refused = 0;
    Random random = new Random(seed() + 1);
    int stricter = 0;
    for (int i = 0; i < FILES; i++) {
      Path file = randomFile(random);
      for (int port : PORTS) {
        boolean theirs =
            ssh("cert.conf", "ssh-ed25519-cert-v01@openssh.com", file, port) == Outcome.TRUSTED;
        boolean ours = certificate(KnownHosts.read(List.of(file)), port) == Outcome.TRUSTED;
        String context = "seed %d, port %d:%n%s".formatted(seed(), port, Files.readString(file));
        if (port == 22 || ours) {
          assertThat(ours).as(context).isEqualTo(theirs);
        } else if (theirs) {
          stricter++;
        }
        trusted += theirs ? 1 : 0;
        refused += theirs ? 0 : 1;
      }
    }
    System.out.printf(
        "known_hosts, certificates: %d trusted, %d refused, %d refused only here%n",
        trusted, refused, stricter);
    assertThat(trusted).isPositive();
    assertThat(refused).isPositive();
  }

  private static long seed() {
    return Long.getLong("relais.seed", 20_260_102L);
  }

  private Outcome plain(KnownHosts known, int port) {
    return switch (known.check(HOST, port, "ssh-ed25519", shown)) {
      case Verdict.Trusted trusted -> Outcome.TRUSTED;
      case Verdict.Unknown unknown -> Outcome.UNKNOWN;
      case Verdict.Changed changed -> Outcome.CHANGED;
      case Verdict.Revoked revoked -> Outcome.REVOKED;
    };
  }

  /** How a verifier is to use the parts, as their documentation says. */
  private Outcome certificate(KnownHosts known, int port) {
    if (known.revocation(HOST, port, shown).isPresent()
        || known.revocation(HOST, port, authority).isPresent()) {
      return Outcome.REVOKED;
    }
    return known.authorityFor(HOST, port, "ssh-ed25519", authority).isPresent()
        ? Outcome.TRUSTED
        : plain(known, port);
  }

  private Path randomFile(Random random) throws Exception {
    List<String> lines = new ArrayList<>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      String marker =
          List.of("", "", "", "@revoked ", "@cert-authority ", "@cert-authority ")
              .get(random.nextInt(6));
      byte[] key =
          marker.equals("@cert-authority ")
              ? List.of(authority, stranger).get(random.nextInt(2))
              : List.of(shown, shown, stranger, authority).get(random.nextInt(4));
      String pattern = PATTERNS.get(random.nextInt(PATTERNS.size()));
      lines.add(
          marker + pattern + " ssh-ed25519 " + BaseEncoding.base64().encode(key) + " comment");
    }
    if (random.nextInt(5) == 0) {
      lines.add("# comment");
      lines.add("gate.example ssh-ed25519 AAAA");
    }
    Path file = Files.createTempFile(directory, "known", "");
    Files.write(file, lines);
    if (random.nextInt(4) == 0) {
      RealSsh.run(directory, ImmutableList.of("ssh-keygen", "-q", "-H", "-f", file.toString()));
    }
    return file;
  }

  private Outcome ssh(String server, String algorithm, Path known, int port) throws Exception {
    RealSsh.Output said =
        RealSsh.run(
            directory,
            ImmutableList.of(
                "ssh",
                "-F",
                "none",
                "-p",
                String.valueOf(port),
                "-o",
                "ProxyCommand=/usr/sbin/sshd -i -f " + file(server),
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentityFile=none",
                "-o",
                "UserKnownHostsFile=" + known,
                "-o",
                "GlobalKnownHostsFile=none",
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                "HostKeyAlgorithms=" + algorithm,
                "nobody_such@" + HOST,
                "true"));
    String err = said.err();
    if (err.contains("Permission denied")) {
      return Outcome.TRUSTED;
    }
    assertThat(err).contains("Host key verification failed");
    if (err.contains("REVOKED HOST KEY DETECTED")) {
      return Outcome.REVOKED;
    }
    return err.contains("IDENTIFICATION HAS CHANGED") ? Outcome.CHANGED : Outcome.UNKNOWN;
  }
}
