package io.relais.loopback;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.forward.DirectTcpipFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.apache.sshd.sftp.server.UnsupportedAttributePolicy;

/** Makes the two servers; the caller starts and stops them. */
final class Servers {
  private static final String LOOPBACK = "127.0.0.1";

  /** The largest read and write of OpenSSH's server (its limits@openssh.com). */
  private static final int LARGEST_PACKET = 261_120;

  private Servers() {}

  /** Forwards to one port on this machine, and does nothing else: no session at all. */
  static SshServer bastion(int port, KeyPair hostKey, PublicKey user, int backupPort) {
    SshServer server = server(port, hostKey, ClientFiles.BASTION_USER, user);
    server.setChannelFactories(List.of(DirectTcpipFactory.INSTANCE));
    server.setForwardingFilter(
        new RejectAllForwardingFilter() {
          @Override
          public boolean canConnect(Type type, SshdSocketAddress to, Session session) {
            return type == Type.Direct
                && to.getHostName().equals(LOOPBACK)
                && to.getPort() == backupPort;
          }
        });
    return server;
  }

  /** Serves files over SFTP, and does nothing else. */
  static SshServer backup(int port, KeyPair hostKey, PublicKey user, Chroot chroot, Faults faults) {
    SshServer server = server(port, hostKey, ClientFiles.BACKUP_USER, user);
    server.setChannelFactories(List.of(ChannelSessionFactory.INSTANCE));
    server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
    server.setSubsystemFactories(List.of(sftp(chroot, faults)));
    SftpModuleProperties.SFTP_VERSION.set(server, 3);
    SftpModuleProperties.MAX_READDATA_PACKET_LENGTH.set(server, LARGEST_PACKET);
    SftpModuleProperties.MAX_WRITEDATA_PACKET_LENGTH.set(server, LARGEST_PACKET);
    return server;
  }

  private static SftpSubsystemFactory sftp(Chroot chroot, Faults faults) {
    SftpSubsystemFactory factory =
        new SftpSubsystemFactory() {
          @Override
          public Command createSubsystem(ChannelSession channel) throws IOException {
            return new BackupSubsystem(channel, this, chroot, faults);
          }
        };
    factory.setFileSystemAccessor(new BackupFiles());
    factory.setErrorStatusDataHandler(new OpenSshStatus());
    factory.setUnsupportedAttributePolicy(UnsupportedAttributePolicy.ThrowException);
    return factory;
  }

  private static SshServer server(int port, KeyPair hostKey, String name, PublicKey key) {
    SshServer server = SshServer.setUpDefaultServer();
    server.setHost(LOOPBACK);
    server.setPort(port);
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
    server.setPublickeyAuthenticator(
        (user, offered, session) -> user.equals(name) && KeyUtils.compareKeys(key, offered));
    // A restart must get its port back, and an idle link must stay.
    CoreModuleProperties.SOCKET_REUSEADDR.set(server, true);
    CoreModuleProperties.TCP_NODELAY.set(server, true);
    CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
    CoreModuleProperties.NIO2_READ_TIMEOUT.set(server, Duration.ZERO);
    return server;
  }
}
