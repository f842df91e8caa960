package io.relais.sync.remote.sftp;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.remote.SyncTargetContract;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.LinuxDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Over SFTP to servers of our own, whose disk is in memory. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EmbeddedTargetTest extends SyncTargetContract {
  @TempDir static Path directory;

  private LoopbackLink server;
  private LoopbackLink smallServer;
  private TestLinks client;
  private TestLinks smallClient;
  private int places;

  @BeforeAll
  void start() throws IOException {
    server = newServer("server", 1L << 30);
    smallServer = newServer("small", 4 << 20);
    client = TestLinks.of(server.sshConfig());
    smallClient = TestLinks.of(smallServer.sshConfig());
  }

  private static LoopbackLink newServer(String name, long bytes) throws IOException {
    Path root = LinuxDisk.newDirectory(bytes);
    return LoopbackLink.start(directory.resolve(name), root);
  }

  @AfterAll
  void stop() throws IOException {
    client.close();
    smallClient.close();
    server.close();
    smallServer.close();
  }

  @Override
  protected TargetConnector newLink(TemporaryNameGenerator names) throws Exception {
    return client.to("backup", "/mirror" + places++, names);
  }

  @Override
  protected TargetConnector newSmallLink(TemporaryNameGenerator names) throws Exception {
    return smallClient.to("backup", "/mirror" + places++ + "/", names);
  }

  @Override
  protected void cutConnections() {
    server.dropConnections();
  }

  @Override
  protected boolean isLinuxDisk() {
    return false;
  }

  @Override
  protected boolean enforcesModes() {
    return false;
  }
}
