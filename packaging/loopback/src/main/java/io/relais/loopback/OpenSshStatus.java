package io.relais.loopback;

import static org.apache.sshd.sftp.common.SftpConstants.SSH_FX_EOF;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FX_FAILURE;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FX_NO_SUCH_FILE;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FX_OP_UNSUPPORTED;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FX_PERMISSION_DENIED;

import java.io.EOFException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.apache.sshd.sftp.server.SftpErrorStatusDataHandler;
import org.apache.sshd.sftp.server.SftpSubsystemEnvironment;

/**
 * The status codes that OpenSSH's sftp-server gives (its {@code errno_to_portable}): those of
 * version 3 only, where MINA would answer with codes of version 6.
 */
final class OpenSshStatus implements SftpErrorStatusDataHandler {
  @Override
  public int resolveSubStatus(
      SftpSubsystemEnvironment subsystem, int id, Throwable e, int command, Object... arguments) {
    return switch (e) {
      case NoSuchFileException _, NotDirectoryException _, FileSystemLoopException _ ->
          SSH_FX_NO_SUCH_FILE;
      case AccessDeniedException _ -> SSH_FX_PERMISSION_DENIED;
      case EOFException _ -> SSH_FX_EOF;
      case UnsupportedOperationException _ -> SSH_FX_OP_UNSUPPORTED;
      default -> SSH_FX_FAILURE;
    };
  }

  @Override
  public String resolveErrorMessage(
      SftpSubsystemEnvironment subsystem,
      int id,
      Throwable e,
      int status,
      int command,
      Object... arguments) {
    return switch (status) {
      case SSH_FX_NO_SUCH_FILE -> "No such file";
      case SSH_FX_PERMISSION_DENIED -> "Permission denied";
      case SSH_FX_EOF -> "End of file";
      case SSH_FX_OP_UNSUPPORTED -> "Operation unsupported";
      default -> "Failure";
    };
  }
}
