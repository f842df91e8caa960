package io.relais.loopback;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.HashSet;
import java.util.Set;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpFileSystemAccessor;
import org.apache.sshd.sftp.server.SftpSubsystemProxy;

/** Opens and syncs files as OpenSSH's server does: a directory can be opened, to be synced. */
final class BackupFiles implements SftpFileSystemAccessor {
  @Override
  public SeekableByteChannel openFile(
      SftpSubsystemProxy subsystem,
      FileHandle fileHandle,
      Path file,
      String handle,
      Set<? extends OpenOption> options,
      FileAttribute<?>... attributes)
      throws IOException {
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      return RawNames.isReal(file.getFileSystem())
          ? FileChannel.open(file, options)
          : new OpenDirectory();
    }
    // The path is resolved already: a symlink here was swapped in, or O_EXCL forbids it.
    Set<OpenOption> strict = new HashSet<>(options);
    strict.add(LinkOption.NOFOLLOW_LINKS);
    return FileChannel.open(file, strict, attributes);
  }

  @Override
  public void syncFileData(
      SftpSubsystemProxy subsystem,
      FileHandle fileHandle,
      Path file,
      String handle,
      Channel channel)
      throws IOException {
    if (channel instanceof FileChannel open) {
      open.force(true);
    }
  }

  /** Closes without a sync of its own: only a client's fsync makes a file durable. */
  @Override
  public void closeFile(
      SftpSubsystemProxy subsystem,
      FileHandle fileHandle,
      Path file,
      String handle,
      Channel channel,
      Set<? extends OpenOption> options)
      throws IOException {
    channel.close();
  }

  /** An open directory of a file system in memory. */
  private static final class OpenDirectory implements SeekableByteChannel {
    private boolean open = true;

    @Override
    public int read(ByteBuffer into) throws IOException {
      throw new IOException("is a directory");
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      throw new IOException("is a directory");
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public SeekableByteChannel position(long position) {
      return this;
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    public SeekableByteChannel truncate(long size) throws IOException {
      throw new IOException("is a directory");
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
