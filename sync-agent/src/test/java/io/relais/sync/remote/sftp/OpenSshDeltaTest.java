package io.relais.sync.remote.sftp;

import io.relais.sync.engine.DeltaMirrorContract;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Over SFTP to OpenSSH's internal-sftp in a chroot, behind a bastion. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OpenSshDeltaTest extends DeltaMirrorContract {
  @TempDir static Path directory;

  @SuppressWarnings("NullAway.Init")
  private OpenSshBed bed;

  @SuppressWarnings("NullAway.Init")
  private TestLinks client;

  private int places;

  @BeforeAll
  void start() throws IOException {
    bed = OpenSshBed.in(directory.resolve("bed")).start();
    client = TestLinks.of(bed.sshConfig());
  }

  @AfterAll
  void stop() {
    client.close();
    bed.close();
  }

  @Override
  protected TargetConnector newLink(TemporaryNameGenerator names) throws Exception {
    return client.to("backup", "/data/mirror" + places++, names);
  }

  @Override
  protected boolean copies() {
    return true;
  }
}
