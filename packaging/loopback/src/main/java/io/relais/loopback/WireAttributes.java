package io.relais.loopback;

import static org.apache.sshd.sftp.common.SftpConstants.SSH_FILEXFER_ATTR_ACMODTIME;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FILEXFER_ATTR_EXTENDED;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FILEXFER_ATTR_PERMISSIONS;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FILEXFER_ATTR_SIZE;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FILEXFER_ATTR_UIDGID;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * The attributes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 5), whole: MINA's own
 * mapping goes through {@code PosixFilePermission} and loses the setuid, setgid and sticky bits.
 *
 * <p>The maps that MINA hands through have the keys {@code size}, {@code uid}, {@code gid}, {@code
 * mode}, {@code atime} and {@code mtime}; numbers only, times in seconds.
 */
final class WireAttributes {
  private static final String VIEW =
      "unix:mode,uid,gid,size,lastModifiedTime,lastAccessTime,isDirectory,isSymbolicLink,"
          + "isRegularFile";

  private WireAttributes() {}

  static Map<String, Object> readFrom(Buffer buffer) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    int flags = buffer.getInt();
    if ((flags & SSH_FILEXFER_ATTR_SIZE) != 0) {
      attributes.put("size", buffer.getLong());
    }
    if ((flags & SSH_FILEXFER_ATTR_UIDGID) != 0) {
      attributes.put("uid", buffer.getUInt());
      attributes.put("gid", buffer.getUInt());
    }
    if ((flags & SSH_FILEXFER_ATTR_PERMISSIONS) != 0) {
      attributes.put("mode", buffer.getUInt());
    }
    if ((flags & SSH_FILEXFER_ATTR_ACMODTIME) != 0) {
      attributes.put("atime", buffer.getUInt());
      attributes.put("mtime", buffer.getUInt());
    }
    if ((flags & SSH_FILEXFER_ATTR_EXTENDED) != 0) {
      for (long i = buffer.getUInt(); i > 0; i--) {
        buffer.getBytes();
        buffer.getBytes();
      }
    }
    return attributes;
  }

  static void writeTo(Buffer buffer, Map<String, ?> attributes) {
    if (attributes.isEmpty()) {
      buffer.putInt(0);
      return;
    }
    buffer.putInt(
        SSH_FILEXFER_ATTR_SIZE
            | SSH_FILEXFER_ATTR_UIDGID
            | SSH_FILEXFER_ATTR_PERMISSIONS
            | SSH_FILEXFER_ATTR_ACMODTIME);
    buffer.putLong(number(attributes, "size"));
    for (String key : new String[] {"uid", "gid", "mode", "atime", "mtime"}) {
      buffer.putUInt(number(attributes, key));
    }
  }

  /** Looks at {@code path} itself, never at what it leads to. */
  static Map<String, Object> of(Path path) throws IOException {
    Map<String, Object> found = Files.readAttributes(path, VIEW, LinkOption.NOFOLLOW_LINKS);
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("size", number(found, "size"));
    attributes.put("uid", number(found, "uid"));
    attributes.put("gid", number(found, "gid"));
    attributes.put("mode", type(found) | (number(found, "mode") & 07777));
    attributes.put("atime", seconds(found, "lastAccessTime"));
    attributes.put("mtime", seconds(found, "lastModifiedTime"));
    return attributes;
  }

  /** Jimfs leaves the type out of the mode. */
  private static long type(Map<String, Object> found) {
    if (Boolean.TRUE.equals(found.get("isDirectory"))) {
      return 0040000;
    }
    if (Boolean.TRUE.equals(found.get("isSymbolicLink"))) {
      return 0120000;
    }
    return Boolean.TRUE.equals(found.get("isRegularFile"))
        ? 0100000
        : number(found, "mode") & 0170000;
  }

  /** Sets what was asked, in the order of OpenSSH's sftp-server. */
  static void apply(Path path, Map<String, ?> wanted) throws IOException {
    boolean isLink = Files.isSymbolicLink(path);
    if (wanted.containsKey("size")) {
      try (FileChannel file =
          FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        file.truncate(number(wanted, "size"));
      }
    }
    if (wanted.containsKey("mode")) {
      if (isLink) {
        throw new UnsupportedOperationException("Linux has no modes of symlinks");
      }
      setMode(path, (int) number(wanted, "mode") & 07777);
    }
    if (wanted.containsKey("mtime")) {
      LinkOption[] options =
          isLink ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS} : new LinkOption[0];
      Files.getFileAttributeView(path, BasicFileAttributeView.class, options)
          .setTimes(time(wanted, "mtime"), time(wanted, "atime"), null);
    }
    if (wanted.containsKey("uid")) {
      checkOwner(path, wanted);
    }
  }

  private static void setMode(Path path, int mode) throws IOException {
    if (RawNames.isReal(path.getFileSystem())) {
      Files.setAttribute(path, "unix:mode", mode);
    } else {
      Files.getFileAttributeView(path, PosixFileAttributeView.class)
          .setPermissions(permissions(mode));
    }
  }

  /** The account of a backup is not root: it may only "change" an owner to what it is. */
  private static void checkOwner(Path path, Map<String, ?> wanted) throws IOException {
    Map<String, Object> now = of(path);
    if (number(now, "uid") != number(wanted, "uid")
        || number(now, "gid") != number(wanted, "gid")) {
      throw new AccessDeniedException(path.toString());
    }
  }

  static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode & (0400 >> i)) != 0) {
        permissions.add(all[i]);
      }
    }
    return permissions;
  }

  static long number(Map<String, ?> attributes, String key) {
    return ((Number) Objects.requireNonNull(attributes.get(key), key)).longValue();
  }

  private static long seconds(Map<String, Object> found, String key) {
    FileTime time = (FileTime) Objects.requireNonNull(found.get(key), key);
    return Math.clamp(time.toInstant().getEpochSecond(), 0, 0xFFFF_FFFFL);
  }

  private static FileTime time(Map<String, ?> attributes, String key) {
    return FileTime.from(Instant.ofEpochSecond(number(attributes, key)));
  }
}
