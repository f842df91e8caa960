package io.relais.sync.remote.sftp;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.engine.DeltaMirrorContract;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.LinuxDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Over SFTP to a server of our own, with the extension and without it. */
final class EmbeddedDeltaTest {
  @Nested
  final class WithCopyData extends EmbeddedContract {
    @Override
    protected boolean copies() {
      return true;
    }
  }

  @Nested
  final class WithoutCopyData extends EmbeddedContract {
    @Override
    protected boolean copies() {
      return false;
    }
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class EmbeddedContract extends DeltaMirrorContract {
    @TempDir static Path keys;

    @SuppressWarnings("NullAway.Init")
    private LoopbackLink server;

    @SuppressWarnings("NullAway.Init")
    private TestLinks client;

    private int places;

    @BeforeAll
    void start() throws IOException {
      Path root = LinuxDisk.newDirectory();
      server = LoopbackLink.start(keys.resolve("server" + copies()), root);
      if (!copies()) {
        server.withhold("copy-data");
      }
      client = TestLinks.of(server.sshConfig());
    }

    @AfterAll
    void stop() throws IOException {
      client.close();
      server.close();
    }

    @Override
    protected TargetConnector newLink(TemporaryNameGenerator names) throws Exception {
      return client.to("backup", "/mirror" + places++, names);
    }
  }
}
