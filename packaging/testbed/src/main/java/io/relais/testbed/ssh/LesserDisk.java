package io.relais.testbed.ssh;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * A real exFAT file system of the chrooted account, mounted through FUSE: without modes, symlinks,
 * case and many names. Needs root, and a loop device.
 */
public final class LesserDisk implements AutoCloseable {
  private static final long BYTES = 64 << 20;

  private final Path place;
  private final String loop;

  private LesserDisk(Path place, String loop) {
    this.place = place;
    this.loop = loop;
  }

  /**
   * Makes and mounts one.
   *
   * @param directory where its image is to lie
   * @param place an empty directory
   */
  public static LesserDisk mount(Path directory, Path place) throws IOException {
    String image = directory.resolve("disk.img").toString();
    try (RandomAccessFile file = new RandomAccessFile(image, "rw")) {
      file.setLength(BYTES);
    }
    String owner =
        "uid=%s,gid=%s"
            .formatted(
                Shell.run("id", "-u", Accounts.SFTP).strip(),
                Shell.run("id", "-g", Accounts.SFTP).strip());
    Shell.run(Shell.find("mkfs.exfat"), image);
    String loop = Shell.run(Shell.find("losetup"), "--find", "--show", image).strip();
    Shell.run(Shell.find("mount.exfat-fuse"), "-o", owner, loop, place.toString());
    return new LesserDisk(place, loop);
  }

  @Override
  public void close() {
    Shell.attempt("umount", "--lazy", place.toString());
    Shell.attempt(Shell.find("losetup"), "--detach", loop);
  }
}
