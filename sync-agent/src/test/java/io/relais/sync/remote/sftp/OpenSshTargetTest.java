package io.relais.sync.remote.sftp;

import io.relais.sync.remote.SyncTargetContract;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Over SFTP to OpenSSH's servers: internal-sftp in a chroot, behind a bastion. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class OpenSshTargetTest {
  @Nested
  final class BehindABastion extends OpenSshContract {
    BehindABastion() {
      super(false, "backup");
    }
  }

  @Nested
  final class BehindAHardenedBastion extends OpenSshContract {
    BehindAHardenedBastion() {
      super(true, "backup");
    }
  }

  /** An account with a shell can set modes without following symlinks: it has /proc. */
  @Nested
  final class WithAShell extends OpenSshContract {
    WithAShell() {
      super(false, "backup-shell");
    }
  }

  /** One bed for all tests of a class, and a place of its own for each. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class OpenSshContract extends SyncTargetContract {
    @TempDir static Path directory;

    private final boolean hardened;
    private final String host;
    private OpenSshBed bed;
    private OpenSshBed smallBed;
    private TestLinks client;
    private TestLinks smallClient;
    private int places;

    OpenSshContract(boolean hardened, String host) {
      this.host = host;
      this.hardened = hardened;
    }

    @BeforeAll
    void start() throws IOException {
      bed = newBed("client" + hardened + host, 0);
      smallBed = newBed("small" + hardened + host, 4);
      client = TestLinks.of(bed.sshConfig());
      smallClient = TestLinks.of(smallBed.sshConfig());
    }

    private OpenSshBed newBed(String name, int megabytes) throws IOException {
      OpenSshBed.Builder builder = OpenSshBed.in(directory.resolve(name)).disk(megabytes);
      return hardened ? builder.hardened().start() : builder.start();
    }

    @AfterAll
    void stop() {
      client.close();
      smallClient.close();
      bed.close();
      smallBed.close();
    }

    @Override
    protected TargetConnector newLink(TemporaryNameGenerator names) throws Exception {
      String data = host.equals("backup") ? "/data" : bed.shellData().toString();
      return client.to(host, data + "/mirror" + places++ + "/", names);
    }

    @Override
    protected TargetConnector newSmallLink(TemporaryNameGenerator names) throws Exception {
      return smallClient.to("backup", "/data/mirror" + places++, names);
    }

    @Override
    protected void cutConnections() {
      bed.proxy().resetConnections();
    }

    @Override
    protected boolean isLinuxDisk() {
      return true;
    }

    @Override
    protected boolean enforcesModes() {
      return true;
    }
  }
}
