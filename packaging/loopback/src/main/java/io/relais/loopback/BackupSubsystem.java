package io.relais.loopback;

import static org.apache.sshd.sftp.common.SftpConstants.SSH_FXP_EXTENDED_REPLY;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FXP_NAME;
import static org.apache.sshd.sftp.common.SftpConstants.SSH_FXP_REALPATH;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.extensions.openssh.AbstractOpenSSHExtensionParser.OpenSSHExtension;
import org.apache.sshd.sftp.server.DirectoryHandle;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.Handle;
import org.apache.sshd.sftp.server.SftpSubsystem;
import org.apache.sshd.sftp.server.SftpSubsystemConfigurator;

/**
 * MINA's SFTP server, with what a client of OpenSSH's server (internal-sftp in a chroot, umask 022)
 * would see in its place: names are bytes, symlinks keep their text and never lead out of the root,
 * modes keep all twelve bits, a short write is a failure, and the status codes are those of version
 * 3. One thread serves one channel, in the order of the requests.
 */
final class BackupSubsystem extends SftpSubsystem {
  private static final int UMASK = 022;

  private static final Pattern GATE =
      Pattern.compile("\\.relais-([^/]+)\\.gate/[^/]+(?:/\\.$|(?=/))");

  /** What OpenSSH 9 announces, as far as it is served here. */
  private static final ImmutableList<OpenSSHExtension> EXTENSIONS =
      ImmutableList.of(
          new OpenSSHExtension("posix-rename@openssh.com", "1"),
          new OpenSSHExtension("statvfs@openssh.com", "2"),
          new OpenSSHExtension("hardlink@openssh.com", "1"),
          new OpenSSHExtension("fsync@openssh.com", "1"),
          new OpenSSHExtension("lsetstat@openssh.com", "1"),
          new OpenSSHExtension("limits@openssh.com", "1"),
          new OpenSSHExtension("copy-data", "1"));

  private final Chroot chroot;
  private final Faults faults;

  /** What is being answered, where that is of interest. */
  private byte[] request = new byte[0];

  BackupSubsystem(
      ChannelSession channel,
      SftpSubsystemConfigurator configurator,
      Chroot chroot,
      Faults faults) {
    super(channel, configurator);
    this.chroot = chroot;
    this.faults = faults;
  }

  /** Ignored: the root is given, and the file system it is on must outlive this channel. */
  @Override
  public void setFileSystem(FileSystem ignored) {}

  @Override
  protected void process(Buffer packet) throws IOException {
    if (faults.tampering() != null) {
      request = withoutLength(packet);
    }
    faults.carryingOut().lock();
    try {
      super.process(new ByteNameBuffer(packet.array(), packet.rpos(), packet.available()));
    } finally {
      faults.carryingOut().unlock();
    }
  }

  @Override
  protected void send(Buffer reply) throws IOException {
    Tampering tampering = faults.tampering();
    if (tampering == null || request.length == 0) {
      super.send(reply);
    } else {
      tampering.answer(request, withoutLength(reply), this::say);
    }
  }

  private static byte[] withoutLength(Buffer packet) {
    int from = packet.rpos() + Integer.BYTES;
    return Arrays.copyOfRange(packet.array(), from, packet.wpos());
  }

  private void say(byte[] bytes) throws IOException {
    out.writeBuffer(new ByteArrayBuffer(bytes)).verify();
  }

  @Override
  protected Path resolveFile(String path) throws IOException {
    return chroot.resolve(path, false);
  }

  @Override
  protected Path resolveNormalizedLocation(String path) throws IOException {
    faults.before(Operation.LIST, absolute(path));
    return chroot.resolve(path, true);
  }

  @Override
  protected void appendExtensions(Buffer buffer, String versions) {
    appendOpenSSHExtensions(buffer, getServerSession());
  }

  @Override
  protected List<OpenSSHExtension> resolveOpenSSHExtensions(ServerSession session) {
    return EXTENSIONS.stream()
        .filter(extension -> !faults.withheld().contains(extension.getName()))
        .toList();
  }

  @Override
  protected void executeExtendedCommand(Buffer buffer, int id, String extension)
      throws IOException {
    if (faults.withheld().contains(extension)) {
      doUnsupportedExtension(buffer, id, extension);
    } else if (extension.equals("statvfs@openssh.com")) {
      doStatVfs(buffer, id);
    } else if (extension.equals("copy-data")
        || EXTENSIONS.stream().anyMatch(known -> known.getName().equals(extension))) {
      super.executeExtendedCommand(buffer, id, extension);
    } else {
      doUnsupportedExtension(buffer, id, extension);
    }
  }

  /** PROTOCOL of OpenSSH, section 4.4. */
  private void doStatVfs(Buffer buffer, int id) throws IOException {
    FileStore store;
    try {
      store = Files.getFileStore(chroot.resolve(buffer.getString(), true));
    } catch (IOException | RuntimeException e) {
      sendStatus(prepareReply(buffer), id, e, SftpConstants.SSH_FXP_EXTENDED);
      return;
    }
    long block = 4096;
    long files = 1 << 20;
    long[] answer = {
      block,
      block,
      store.getTotalSpace() / block,
      store.getUnallocatedSpace() / block,
      store.getUsableSpace() / block,
      files,
      files,
      files,
      0,
      0,
      255
    };
    Buffer reply = prepareReply(buffer);
    reply.putByte((byte) SSH_FXP_EXTENDED_REPLY);
    reply.putInt(id);
    for (long field : answer) {
      reply.putLong(field);
    }
    send(reply);
  }

  // Attributes.

  @Override
  protected Map<String, Object> readAttrs(Buffer buffer) {
    return WireAttributes.readFrom(buffer);
  }

  @Override
  protected void writeAttrs(Buffer buffer, Map<String, ?> attributes) {
    WireAttributes.writeTo(buffer, attributes);
  }

  @Override
  protected Map<String, Object> doLStat(int id, String path, int flags) throws IOException {
    faults.before(Operation.STAT, absolute(path));
    return WireAttributes.of(chroot.resolve(path, false));
  }

  @Override
  protected Map<String, Object> doStat(int id, String path, int flags) throws IOException {
    faults.before(Operation.STAT, absolute(path));
    return WireAttributes.of(chroot.resolve(path, true));
  }

  @Override
  protected Map<String, Object> doFStat(int id, String handle, int flags) throws IOException {
    Path file = validateHandle(handle, handles.get(handle), Handle.class).getFile();
    faults.before(Operation.STAT, chroot.clientPath(file));
    return WireAttributes.of(file);
  }

  @Override
  protected void doSetStat(
      int id, String path, int command, String extension, Map<String, ?> wanted, Boolean follow)
      throws IOException {
    faults.before(Operation.SET_ATTRIBUTES, absolute(path));
    boolean isLinkItself = extension.equals("lsetstat@openssh.com");
    WireAttributes.apply(chroot.resolve(path, !isLinkItself), wanted);
  }

  @Override
  protected void doFSetStat(int id, String handle, Map<String, ?> wanted) throws IOException {
    Path file = validateHandle(handle, handles.get(handle), Handle.class).getFile();
    faults.before(Operation.SET_ATTRIBUTES, chroot.clientPath(file));
    WireAttributes.apply(file, wanted);
  }

  // Files.

  @Override
  protected String doOpen(int id, String path, int flags, int access, Map<String, Object> wanted)
      throws IOException {
    faults.before(Operation.OPEN, absolute(path));
    int disposition = flags & SftpConstants.SSH_FXF_ACCESS_DISPOSITION;
    boolean creates =
        disposition == SftpConstants.SSH_FXF_CREATE_NEW
            || disposition == SftpConstants.SSH_FXF_CREATE_TRUNCATE
            || disposition == SftpConstants.SSH_FXF_OPEN_OR_CREATE;
    Path file = chroot.resolve(path, disposition != SftpConstants.SSH_FXF_CREATE_NEW);
    boolean isNew = creates && !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    return super.doOpen(
        id,
        chroot.clientPath(file),
        flags,
        access,
        isNew ? Map.of("posix:permissions", permissionsOf(wanted, 0666)) : Map.of());
  }

  @Override
  protected int doRead(
      int id,
      String handle,
      long offset,
      int length,
      byte[] data,
      int at,
      AtomicReference<Boolean> eof)
      throws IOException {
    beforeFile(Operation.READ, handle);
    return super.doRead(id, handle, offset, length, data, at, eof);
  }

  /** MINA writes once and takes a short write for a whole one. */
  @Override
  protected void doWrite(
      int id, String handle, long offset, int length, byte[] data, int at, int remaining)
      throws IOException {
    FileHandle file = beforeFile(Operation.WRITE, handle);
    SeekableByteChannel channel = file.getFileChannel();
    ByteBuffer bytes = ByteBuffer.wrap(data, at, Math.min(length, remaining));
    channel.position(file.isOpenAppend() ? channel.size() : offset);
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        throw new IOException("nothing more can be written");
      }
    }
  }

  @Override
  protected void doOpenSSHFsync(int id, String handle) throws IOException {
    beforeFile(Operation.SYNC, handle);
    super.doOpenSSHFsync(id, handle);
  }

  @Override
  protected void doClose(int id, String handle) throws IOException {
    Handle open = handles.get(handle);
    if (open != null) {
      faults.before(Operation.CLOSE, chroot.clientPath(open.getFile()));
    }
    super.doClose(id, handle);
  }

  private FileHandle beforeFile(Operation operation, String handle) throws IOException {
    FileHandle file = validateHandle(handle, handles.get(handle), FileHandle.class);
    faults.before(operation, chroot.clientPath(file.getFile()));
    return file;
  }

  // Names.

  @Override
  protected void doRealPath(Buffer buffer, int id) throws IOException {
    String path = buffer.getString();
    String real;
    try {
      real = chroot.clientPath(chroot.resolve(path, true));
    } catch (IOException | RuntimeException e) {
      sendStatus(prepareReply(buffer), id, e, SSH_FXP_REALPATH, path);
      return;
    }
    sendName(prepareReply(buffer), id, real);
  }

  @Override
  protected void sendLink(Buffer buffer, int id, Path link, String text) throws IOException {
    sendName(buffer, id, text);
  }

  private void sendName(Buffer reply, int id, String name) throws IOException {
    reply.putByte((byte) SSH_FXP_NAME);
    reply.putInt(id);
    reply.putInt(1);
    reply.putString(name);
    reply.putString(name);
    writeAttrs(reply, Map.of());
    send(reply);
  }

  @Override
  protected SimpleImmutableEntry<Path, String> doReadLink(int id, String path) throws IOException {
    faults.before(Operation.READ_LINK, absolute(path));
    Path link = chroot.resolve(path, false);
    return new SimpleImmutableEntry<>(link, RawNames.latin1(Files.readSymbolicLink(link)));
  }

  /** SYMLINK has its arguments in OpenSSH's order, which is the reverse of the draft's. */
  @Override
  protected void createLink(int id, String existing, String link, boolean symlink)
      throws IOException {
    faults.before(Operation.SYMLINK, absolute(link));
    Path place = chroot.resolve(link, false);
    if (symlink) {
      Symlinks.create(place, existing);
    } else {
      Files.createLink(place, chroot.resolve(existing, false));
    }
  }

  @Override
  protected void doRename(int id, String from, String to, Collection<CopyOption> options)
      throws IOException {
    faults.before(Operation.RENAME, absolute(to));
    Path source = chroot.resolve(from, false);
    Path place = chroot.resolve(to, false);
    boolean isDirectory = Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS);
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)
        && isDirectory != Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      // rename(2) refuses this; Jimfs would not.
      throw new FileSystemException(from, to, "one is a directory, the other is not");
    }
    Files.move(source, place, options.toArray(CopyOption[]::new));
  }

  @Override
  protected void doMakeDirectory(int id, String path, Map<String, ?> wanted) throws IOException {
    faults.before(Operation.MAKE_DIRECTORY, absolute(path));
    Path directory = chroot.resolve(path, false);
    Files.createDirectory(
        directory, PosixFilePermissions.asFileAttribute(permissionsOf(wanted, 0777)));
  }

  private static Set<PosixFilePermission> permissionsOf(Map<String, ?> wanted, int otherwise) {
    long mode = wanted.containsKey("mode") ? WireAttributes.number(wanted, "mode") : otherwise;
    return WireAttributes.permissions((int) mode & ~UMASK);
  }

  @Override
  protected void doRemoveFile(int id, String path) throws IOException {
    faults.before(Operation.REMOVE, absolute(path));
    Path file = chroot.resolve(path, false);
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(path, null, "is a directory");
    }
    Files.delete(file);
  }

  @Override
  protected void doRemoveDirectory(int id, String path) throws IOException {
    faults.before(Operation.REMOVE_DIRECTORY, absolute(path));
    Path directory = chroot.resolve(path, false);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw Files.exists(directory, LinkOption.NOFOLLOW_LINKS)
          ? new NotDirectoryException(path)
          : new NoSuchFileException(path);
    }
    Files.delete(directory);
  }

  /** Leaves out what vanishes while the directory is listed, as OpenSSH does. */
  @Override
  protected int doReadDir(
      int id, String handle, DirectoryHandle directory, Buffer reply, int maxSize, boolean follow)
      throws IOException {
    int count = 0;
    if (directory.isSendDot()) {
      directory.markDotSent();
      directory.markDotDotSent();
      count += listEntry(reply, ".", directory.getFile());
      count += listEntry(reply, "..", directory.getFile());
    }
    while (directory.hasNext() && reply.wpos() < maxSize) {
      Path entry = directory.next();
      count += listEntry(reply, RawNames.latin1(entry.getFileName()), entry);
    }
    return count;
  }

  private int listEntry(Buffer reply, String name, Path entry) throws IOException {
    Map<String, Object> attributes;
    try {
      attributes = WireAttributes.of(entry);
    } catch (NoSuchFileException e) {
      return 0;
    }
    reply.putString(name);
    reply.putString(LongName.of(name, attributes));
    writeAttrs(reply, attributes);
    return 1;
  }

  /**
   * For {@link Faults}; a path that leads through a session's gate is given as what it leads to.
   */
  private static String absolute(String path) {
    String plain = GATE.matcher(path).replaceAll("$1");
    return plain.startsWith("/") ? plain : "/" + plain;
  }
}
