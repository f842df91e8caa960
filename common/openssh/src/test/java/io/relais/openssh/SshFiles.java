package io.relais.openssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.relais.openssh.HostResolver.LocalUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** A small file system with the files that OpenSSH reads, and the user who reads them. */
final class SshFiles {
  /** The number that the file system gives to the first owner of a file. */
  static final int UID = 1;

  private final FileSystem disk =
      Jimfs.newFileSystem(
          Configuration.unix().toBuilder()
              .setAttributeViews("basic", "owner", "posix", "unix")
              .setWorkingDirectory("/")
              .build());

  final LocalUser local =
      new LocalUser(
          "mirror",
          UID,
          disk.getPath("/home/mirror"),
          "web1.example",
          ImmutableMap.of("KEYS", "/etc/keys"));

  Path path(String path) {
    return disk.getPath(path);
  }

  /** Writes a file that belongs to the user and that nobody else may write to. */
  Path write(String path, String... lines) {
    try {
      Path file = disk.getPath(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, String.join("\n", lines) + "\n", UTF_8);
      mode(path, "rw-r--r--");
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void mode(String path, String permissions) {
    try {
      Files.setPosixFilePermissions(
          disk.getPath(path), PosixFilePermissions.fromString(permissions));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A resolver for one file, {@code /c/config}, with these lines. */
  HostResolver resolver(String... lines) throws SshConfigException {
    return HostResolver.ofFile(write("/c/config", lines), local);
  }

  /** What these lines say of {@code alias}. */
  static ResolvedHost resolve(String alias, String... lines) throws SshConfigException {
    return new SshFiles().resolver(lines).resolve(alias);
  }

  /** The same, with a file beside: its path and its text. */
  static ResolvedHost resolve(Map<String, String> files, String alias, String... lines)
      throws SshConfigException {
    SshFiles disk = new SshFiles();
    files.forEach((path, text) -> disk.write(path, text));
    return disk.resolver(lines).resolve(alias);
  }
}
