package io.relais.sync.remote.sftp;

import io.relais.sync.remote.SyncTargetContract;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OtherServersBed;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Over SFTP to OpenSSH's sftp-server under dropbear, behind a bastion of dropbear. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DropbearTargetTest extends SyncTargetContract {
  @TempDir private static Path directory;

  private OtherServersBed bed;
  private TestLinks client;
  private int places;

  @BeforeAll
  void start() throws IOException {
    bed = OtherServersBed.start(directory.resolve("client"));
    client = TestLinks.of(bed.sshConfig());
  }

  @AfterAll
  void stop() {
    client.close();
    bed.close();
  }

  @Override
  protected TargetConnector newLink(TemporaryNameGenerator names) throws Exception {
    return client.to("dropbear", bed.data().resolve("mirror" + places++).toString(), names);
  }

  @Override
  protected TargetConnector newSmallLink(TemporaryNameGenerator names) throws Exception {
    return client.to("dropbear", bed.smallData().resolve("mirror" + places++).toString(), names);
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
