package io.relais.linux;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Error numbers of Linux (errno(3), the same on all processors), and what they mean here. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  public static final int ENXIO = 6;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EEXIST = 17;
  static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ENOSPC = 28;
  static final int EROFS = 30;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  static final int EOVERFLOW = 75;
  static final int ESTALE = 116;
  static final int EDQUOT = 122;

  private Errno() {}

  /**
   * The exception for a failed call.
   *
   * @param shown the path as people may see it, escaped
   */
  public static IOException exception(int errno, String shown) {
    return switch (errno) {
      // A name that is too long for the file system is the name of nothing.
      case ENOENT, ENAMETOOLONG, ESTALE -> new NoSuchFileException(shown);
      // With O_NOFOLLOW, ELOOP means that there is a symlink.
      case ENOTDIR, ELOOP -> new NotDirectoryException(shown);
      case EACCES, EPERM -> new AccessDeniedException(shown);
      default -> new FileSystemException(shown, null, text(errno));
    };
  }

  static String text(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted";
      case EIO -> "input/output error";
      case ENXIO, ENODEV -> "no such device";
      case EAGAIN -> "another process holds a lease on it";
      case ENOMEM -> "out of memory";
      case EINVAL -> "invalid argument";
      case ENFILE -> "too many open files in the system";
      case EMFILE -> "too many open files";
      case ENOSYS -> "function not implemented";
      case EEXIST -> "something is there already";
      case ENOTEMPTY -> "the directory is not empty";
      case ENOSPC -> "no space left on the disk";
      case EDQUOT -> "the disk quota is used up";
      case EROFS -> "the file system is mounted read-only";
      case EOVERFLOW -> "value too large";
      default -> "error number " + errno;
    };
  }
}
