package io.relais.sync.ssh;

import io.relais.common.Printable;
import io.relais.sftp.SftpClient;
import io.relais.sync.config.SyncConfig.Channels;
import java.util.regex.Pattern;
import org.apache.sshd.client.session.ClientSession;

/**
 * Which servers keep the data of several channels in one connection apart (RFC 4254, section 5). It
 * can't be probed: ProFTPD's mod_sftp, for one, mixes them up only under load. So it is told by
 * their identification (RFC 4253, section 4.2).
 */
public final class ServerQuirks {
  private static final Pattern GOOD =
      Pattern.compile("SSH-2\\.0-(OpenSSH[_-]|dropbear|APACHE-SSHD-).*", Pattern.DOTALL);

  /** In characters, in a message. */
  private static final int SHOWN = 60;

  private ServerQuirks() {}

  /** Whether several channels of this connection may be used at once. */
  static boolean mayShare(ClientSession session, Channels wanted) {
    return switch (wanted) {
      case AUTO -> keepChannelsApart(String.valueOf(session.getServerVersion()));
      case ONE -> false;
      case SEVERAL -> true;
    };
  }

  static boolean keepChannelsApart(String identification) {
    return GOOD.matcher(identification).matches();
  }

  /** Whether these are known to rename and read a symlink itself, and not what it leads to. */
  public static boolean keepSymlinks(SftpClient client) {
    // OpenSSH's sftp-server, whatever it runs under; it had this from 8.0 on.
    return client.supports(SftpClient.LSETSTAT)
        || keepChannelsApart(String.valueOf(client.channel().getSession().getServerVersion()));
  }

  /** What the server calls itself, for messages. */
  static String shown(ClientSession session) {
    return Printable.cut(
        String.valueOf(session.getServerVersion()).replaceFirst("^SSH-[0-9.]+-", ""), SHOWN);
  }
}
