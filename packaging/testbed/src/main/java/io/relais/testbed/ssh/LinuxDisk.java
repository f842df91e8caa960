package io.relais.testbed.ssh;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk in memory with Linux's attributes, for an embedded server. */
public final class LinuxDisk {
  private LinuxDisk() {}

  /** An empty directory on a new one. */
  public static Path newDirectory() throws IOException {
    return newDirectory(linux().build());
  }

  /** The same on one that is so large. */
  public static Path newDirectory(long bytes) throws IOException {
    return newDirectory(linux().setMaxSize(bytes).build());
  }

  private static Configuration.Builder linux() {
    return Configuration.unix().toBuilder().setAttributeViews("basic", "owner", "posix", "unix");
  }

  private static Path newDirectory(Configuration configuration) throws IOException {
    return Files.createDirectory(Jimfs.newFileSystem(configuration).getPath("/copy"));
  }
}
