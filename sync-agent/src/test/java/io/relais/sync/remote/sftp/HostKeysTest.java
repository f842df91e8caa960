package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import io.relais.testbed.ssh.OpenSshBed.KnownHosts;
import io.relais.testbed.ssh.OpenSshBed.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which host keys are trusted, at each hop, and what is said of those that are not. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class HostKeysTest {
  @TempDir Path directory;

  private OpenSshBed.Builder bed() {
    return OpenSshBed.in(directory.resolve("client"));
  }

  private static void assertConnects(OpenSshBed bed) throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig());
        SyncTarget target = links.to("backup").open(() -> {})) {
      assertThat(target.list(RelPath.ROOT)).containsKey("data");
    }
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(OpenSshBed bed) throws Exception {
    try (TestLinks links = TestLinks.of(bed.sshConfig())) {
      AbstractThrowableAssert<?, ?> refusal =
          assertThatThrownBy(() -> links.to("backup").open(() -> {}))
              .isInstanceOf(TargetRefusedException.class);
      await("no connection is left").until(() -> bed.proxy().connections() == 0);
      return refusal;
    }
  }

  private static String alias(Server server) {
    return switch (server) {
      case BASTION -> "bastion";
      case BACKUP -> "backup";
    };
  }

  /** The port that the client knows a server by. */
  private static int port(OpenSshBed bed, Server server) {
    return switch (server) {
      case BASTION -> bed.proxy().port();
      case BACKUP -> bed.portOf(Server.BACKUP);
    };
  }

  private static int lineOf(OpenSshBed bed, Server server) throws IOException {
    List<String> lines = Files.readAllLines(bed.knownHosts());
    String name = "[127.0.0.1]:" + port(bed, server) + " ";
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith(name)) {
        return i + 1;
      }
    }
    throw new AssertionError(name + " is not known");
  }

  @ParameterizedTest
  @EnumSource
  void connectsWithEachFormOfKnownHosts(KnownHosts form) throws Exception {
    try (OpenSshBed bed = bed().knownHosts(form).start()) {
      assertConnects(bed);
    }
  }

  /** The servers have ed25519 and ecdsa keys, and MINA prefers ecdsa. */
  @Test
  void asksForTheKeyThatIsKnown() throws Exception {
    try (OpenSshBed bed = bed().start()) {
      Files.writeString(
          bed.knownHosts(),
          "[127.0.0.1]:%d %s\n[127.0.0.1]:%d %s\n"
              .formatted(
                  port(bed, Server.BASTION),
                  bed.ecdsaHostKeyOf(Server.BASTION),
                  port(bed, Server.BACKUP),
                  bed.hostKeyOf(Server.BACKUP)));
      assertConnects(bed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesAnUnknownKey(Server server) throws Exception {
    try (OpenSshBed bed = bed().start()) {
      List<String> lines = Files.readAllLines(bed.knownHosts());
      lines.remove(lineOf(bed, server) - 1);
      Files.write(bed.knownHosts(), lines);
      assertRefused(bed)
          .hasMessageContaining(
              "host key of " + alias(server) + " (127.0.0.1:" + port(bed, server) + ")")
          .hasMessageContaining("is not known")
          .hasMessageContaining("SHA256:")
          .hasMessageContaining(bed.knownHosts().toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesAChangedKey(Server server) throws Exception {
    try (OpenSshBed bed = bed().start()) {
      String old = bed.fingerprintOf(server);
      bed.rotateHostKey(server);
      assertRefused(bed)
          .hasMessageContaining("host key of " + alias(server) + " (")
          .hasMessageContaining("has changed")
          .hasMessageContaining(bed.fingerprintOf(server))
          .hasMessageContaining(old)
          .hasMessageContaining(bed.knownHosts() + ":" + lineOf(bed, server));
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesARevokedKey(Server server) throws Exception {
    try (OpenSshBed bed = bed().start()) {
      String known = Files.readString(bed.knownHosts());
      Files.writeString(bed.knownHosts(), known + "@revoked * " + bed.hostKeyOf(server) + "\n");
      assertRefused(bed)
          .hasMessageContaining("host key of " + alias(server) + " (")
          .hasMessageContaining("is revoked")
          .hasMessageContaining(bed.fingerprintOf(server))
          .hasMessageContaining(bed.knownHosts() + ":3");
    }
  }

  @Test
  void refusesACertificateOfARevokedAuthority() throws Exception {
    try (OpenSshBed bed = bed().knownHosts(KnownHosts.CERTIFICATES).start()) {
      String known = Files.readString(bed.knownHosts()).strip();
      Files.writeString(
          bed.knownHosts(), known + "\n" + known.replace("@cert-authority", "@revoked") + "\n");
      assertRefused(bed)
          .hasMessageContaining("bastion (")
          .hasMessageContaining("revoked")
          .hasMessageContaining(bed.knownHosts() + ":2");
    }
  }

  @Test
  void refusesACertificateOfAnAuthorityThatIsNotKnown() throws Exception {
    try (OpenSshBed bed = bed().knownHosts(KnownHosts.CERTIFICATES).start()) {
      Files.writeString(bed.knownHosts(), "");
      assertRefused(bed)
          .hasMessageContaining("host key of bastion (")
          .hasMessageContaining("is not known");
    }
  }

  /** As ssh does: what a certificate is made out for counts, and the key in it may be known too. */
  @Test
  void trustsTheKeyInACertificateThatItKnows() throws Exception {
    try (OpenSshBed bed = bed().knownHosts(KnownHosts.CERTIFICATES).start()) {
      Files.writeString(
          bed.knownHosts(),
          "[127.0.0.1]:%d %s\n[127.0.0.1]:%d %s\n"
              .formatted(
                  port(bed, Server.BASTION),
                  bed.hostKeyOf(Server.BASTION),
                  port(bed, Server.BACKUP),
                  bed.hostKeyOf(Server.BACKUP)));
      assertConnects(bed);
    }
  }
}
