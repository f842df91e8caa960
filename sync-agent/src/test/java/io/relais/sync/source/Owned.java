package io.relais.sync.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Makes directories and symlinks of this and that account; only root can. */
public final class Owned {
  /** No account has these numbers. */
  public static final int ALICE = 61001;

  public static final int BOB = 61002;
  public static final int ROOT = 0;

  private Owned() {}

  /** Makes a directory that all may search, like most. */
  public static Path directory(Path path, int owner) throws IOException {
    return directory(path, owner, "rwxr-xr-x");
  }

  /** Makes a directory. */
  public static Path directory(Path path, int owner, String mode) throws IOException {
    Files.createDirectory(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    return give(path, owner);
  }

  /** Makes a symlink. */
  public static Path link(Path path, String text, int owner) throws IOException {
    return give(Files.createSymbolicLink(path, Path.of(text)), owner);
  }

  /** Gives something away, a symlink itself. */
  public static Path give(Path path, int owner) throws IOException {
    Files.setAttribute(path, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
    return path;
  }
}
