package io.relais.sftp;

import java.util.function.UnaryOperator;

/**
 * A request that was sent, for messages: what it asks for, without its data.
 *
 * @param type {@code SSH_FXP_*}
 * @param extension for {@code SSH_FXP_EXTENDED}, its name; otherwise without meaning
 * @param about a path or a handle, one character a byte: where there are two, the one that changes
 */
record RequestSummary(int type, String extension, String about) {
  /** Whether it is for the server's disk, which may take minutes over it. */
  boolean isForDisk() {
    return switch (type) {
      case SftpClient.REMOVE -> true;
      case SftpClient.EXTENDED ->
          switch (extension) {
            case SftpClient.FSYNC, SftpClient.COPY_DATA, SftpClient.POSIX_RENAME -> true;
            default -> false;
          };
      default -> false;
    };
  }

  /**
   * In a few words.
   *
   * @param paths gives the path of a handle, and a path as it is
   */
  String describe(UnaryOperator<String> paths) {
    String what =
        switch (type) {
          case SftpClient.OPEN -> "open";
          case SftpClient.CLOSE -> "close";
          case SftpClient.READ -> "read";
          case SftpClient.WRITE -> "write";
          case SftpClient.LSTAT, SftpClient.FSTAT -> "look at";
          case SftpClient.SETSTAT, SftpClient.FSETSTAT -> "set mode and time of";
          case SftpClient.OPENDIR, SftpClient.READDIR -> "list directory";
          case SftpClient.REMOVE -> "remove";
          case SftpClient.MKDIR -> "make directory";
          case SftpClient.RMDIR -> "remove directory";
          case SftpClient.READLINK -> "read symlink";
          case SftpClient.SYMLINK -> "make symlink";
          case SftpClient.EXTENDED -> extended();
          default -> "request " + type + " for";
        };
    return about.equals(extension) && type == SftpClient.EXTENDED
        ? what
        : what + " " + SftpClient.shown(paths.apply(about));
  }

  private String extended() {
    return switch (extension) {
      case SftpClient.POSIX_RENAME -> "rename to";
      case SftpClient.FSYNC -> "flush to its disk";
      case SftpClient.LSETSTAT -> "set the time of symlink";
      case SftpClient.STATVFS -> "tell the free space at";
      case SftpClient.LIMITS -> "tell its limits";
      case SftpClient.COPY_DATA -> "copy within its disk to";
      default -> extension + " for";
    };
  }
}
