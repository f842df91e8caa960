package io.relais.loopback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.client.impl.DefaultSftpClient;
import org.apache.sshd.sftp.common.SftpConstants;

/** A client of the link that goes through the bastion, as a user's would. */
final class TestClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SshClient ssh;
  private SftpClient sftp;

  @SuppressWarnings("NullAway.Init")
  private TestClient(SshClient ssh) {
    this.ssh = ssh;
  }

  static TestClient through(LoopbackLink link) throws IOException {
    return through(link, link.backupPort());
  }

  static TestClient through(LoopbackLink link, int target) throws IOException {
    SshClient ssh = SshClient.setUpDefaultClient();
    // The backup is reached by a forwarded port here, so its host key has no known name.
    KnownHostsServerKeyVerifier known =
        new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, link.knownHosts());
    ssh.setServerKeyVerifier(
        (session, address, key) ->
            link.bastionPort() == ((java.net.InetSocketAddress) address).getPort()
                ? known.verifyServerKey(session, address, key)
                : true);
    ssh.start();
    TestClient client = new TestClient(ssh);
    try {
      client.connect(link, target);
    } catch (IOException | RuntimeException e) {
      client.close();
      throw e;
    }
    return client;
  }

  private void connect(LoopbackLink link, int target) throws IOException {
    ClientSession bastion = login(link, "bastion_key", "jump", link.bastionPort());
    SshdSocketAddress local =
        bastion.startLocalPortForwarding(
            new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress("127.0.0.1", target));
    ClientSession backup = login(link, "backup_key", "mirror", local.getPort());
    sftp = SftpClientFactory.instance().createSftpClient(backup);
  }

  private ClientSession login(LoopbackLink link, String key, String user, int port)
      throws IOException {
    Path file = link.sshConfig().resolveSibling(key);
    ClientSession session =
        ssh.connect(user, "127.0.0.1", port).verify(PATIENCE).getClientSession();
    for (KeyPair pair : new FileKeyPairProvider(List.of(file)).loadKeys(session)) {
      session.addPublicKeyIdentity(pair);
    }
    session.auth().verify(PATIENCE);
    return session;
  }

  SftpClient sftp() {
    return sftp;
  }

  SftpClient.CloseableHandle openWithMode(String path, int mode) throws IOException {
    return openRaw(path, mode);
  }

  void openLatin1(String name) throws IOException {
    openRaw("/" + name, 0644).close();
  }

  /** MINA's client can neither ask for a mode in OPEN nor send a name that is no UTF-8. */
  private SftpClient.CloseableHandle openRaw(String path, int mode) throws IOException {
    DefaultSftpClient client = (DefaultSftpClient) sftp;
    Buffer request = new ByteArrayBuffer(path.length() + 64, false);
    request.putString(path, ISO_8859_1);
    request.putInt(SftpConstants.SSH_FXF_WRITE | SftpConstants.SSH_FXF_CREAT);
    request.putInt(SftpConstants.SSH_FILEXFER_ATTR_PERMISSIONS);
    request.putInt(mode);
    int id = client.send(SftpConstants.SSH_FXP_OPEN, request);
    Buffer reply = client.receive(id);
    reply.getInt();
    if (reply.getUByte() != SftpConstants.SSH_FXP_HANDLE) {
      throw new IOException("OPEN refused");
    }
    reply.getInt();
    return new OpenHandle(sftp, path, reply.getBytes());
  }

  private static final class OpenHandle extends SftpClient.CloseableHandle {
    private final SftpClient client;

    OpenHandle(SftpClient client, String path, byte[] id) {
      super(path, id);
      this.client = client;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() throws IOException {
      client.close(this);
    }
  }

  @Override
  public void close() {
    ssh.stop();
  }
}
