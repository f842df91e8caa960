package io.relais.common.control;

import io.relais.common.NativePath;
import io.relais.linux.Fd;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The address of a Unix domain socket, whatever the length of its path: what {@code sun_path} does
 * not hold (unix(7)) is reached through a descriptor of the socket's directory. Close it once the
 * socket is bound or connected.
 */
final class SocketAddress implements AutoCloseable {
  /** {@code sun_path} holds 107 bytes and a zero; the JDK takes 106. */
  private static final int LONGEST_PATH = 106;

  private final UnixDomainSocketAddress address;
  private final @Nullable Fd directory;

  private SocketAddress(Path path, @Nullable Fd directory) {
    this.address = UnixDomainSocketAddress.of(path);
    this.directory = directory;
  }

  /**
   * The address of a socket at an absolute path.
   *
   * @throws IOException if its directory can't be reached
   */
  static SocketAddress of(Path path) throws IOException {
    if (NativePath.latin1(path).length() <= LONGEST_PATH) {
      return new SocketAddress(path, null);
    }
    Fd directory = Fd.ofDirectory(NativePath.latin1(path.resolveSibling("")));
    return new SocketAddress(directory.resolve(path.getFileName().toString()), directory);
  }

  UnixDomainSocketAddress get() {
    return address;
  }

  @Override
  public void close() {
    if (directory != null) {
      directory.close();
    }
  }
}
