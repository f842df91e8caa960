package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TestContent;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import io.relais.testbed.ssh.OpenSshBed.Server;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A bastion behind a bastion: the bed's own, reached a second time through itself. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class TwoBastionsTest {
  @TempDir Path directory;

  private OpenSshBed bed() throws Exception {
    OpenSshBed bed = OpenSshBed.in(directory.resolve("client")).hardened().start();
    String config = Files.readString(bed.sshConfig());
    Files.writeString(
        bed.sshConfig(),
        """
        Host inner
            HostName 127.0.0.1
            Port %d
            User relaisjump
            IdentityFile %s/bastion_key
            UserKnownHostsFile %s
            ProxyJump bastion

        Host backup
            ProxyJump inner
        """
                .formatted(
                    bed.portOf(Server.BASTION), directory.resolve("client"), bed.knownHosts())
            + "\n"
            + config);
    return bed;
  }

  private static void know(OpenSshBed bed) throws Exception {
    Files.writeString(
        bed.knownHosts(),
        "[127.0.0.1]:%d %s\n".formatted(bed.portOf(Server.BASTION), bed.hostKeyOf(Server.BASTION)),
        StandardOpenOption.APPEND);
  }

  @Test
  void reachesTheBackup() throws Exception {
    Set<String> ports;
    AtomicInteger losses = new AtomicInteger();
    try (OpenSshBed bed = bed()) {
      know(bed);
      ports = OpenPorts.ofThisProcess();
      try (TestLinks links = TestLinks.of(bed.sshConfig());
          SyncTarget target = links.to("backup").open(losses::incrementAndGet)) {
        byte[] content = TestContent.bytes(3 << 20, 1);
        RelPath path = RelPath.ofLatin1("data/file");
        target.publish(
            List.of(target.stage(path, TestContent.of(content), 1, 0644, content.length).await()),
            SyncTarget.PublishOrder.GIVEN);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        target.read(path, Long.MAX_VALUE, read::write);
        assertThat(read.toByteArray()).isEqualTo(content);
        assertThat(OpenPorts.ofThisProcess()).isEqualTo(ports);
        assertThat(bed.proxy().connections()).isEqualTo(1);
        bed.proxy().resetConnections();
        await().untilAtomic(losses, org.hamcrest.Matchers.is(1));
        assertThatThrownBy(() -> target.stat(path)).isInstanceOf(TargetUnavailableException.class);
      }
    }
  }

  @Test
  void namesTheHopWhoseKeyIsNotKnown() throws Exception {
    try (OpenSshBed bed = bed();
        TestLinks links = TestLinks.of(bed.sshConfig())) {
      assertThatThrownBy(() -> links.to("backup").open(() -> {}))
          .isInstanceOf(TargetRefusedException.class)
          .hasMessageContaining(
              "host key of inner (127.0.0.1:" + bed.portOf(Server.BASTION) + ") is not known")
          .hasMessageContaining(bed.fingerprintOf(Server.BASTION));
      await().until(() -> bed.proxy().connections() == 0);
    }
  }
}
