package io.relais.sync.source;

import static io.relais.linux.Libc.AT_FDCWD;
import static io.relais.linux.Libc.O_CLOEXEC;
import static io.relais.linux.Libc.O_DIRECTORY;
import static io.relais.linux.Libc.O_NOFOLLOW;
import static io.relais.linux.Libc.O_RDONLY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.common.EscapedName;
import io.relais.linux.DirectoryReader;
import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.Scratch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the directories in a directory by what its own entries say, without a look at each: on most
 * file systems one call for hundreds of entries.
 */
public final class Subdirectories {
  private static final byte DT_UNKNOWN = 0;
  private static final byte DT_DIR = 4;
  private static final int BUFFER = 32 * 1024;

  private Subdirectories() {}

  /**
   * The names in a directory that are directories, or may be where the file system doesn't say.
   *
   * @param absolute one character a byte; a symlink at its end is not followed
   * @throws java.nio.file.NoSuchFileException if nothing is there
   * @throws java.nio.file.NotDirectoryException if something else is
   * @throws java.nio.file.AccessDeniedException if it may not be read
   */
  public static List<String> of(String absolute) throws IOException {
    String shown = EscapedName.of(absolute);
    try (Scratch scratch = new Scratch();
        Fd directory =
            Fd.owned(
                check(
                    Libc.openat(
                        scratch.errno(),
                        AT_FDCWD,
                        scratch.string(absolute),
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                    shown))) {
      List<String> names = new ArrayList<>();
      MemorySegment buffer = scratch.allocate(BUFFER);
      int filled = check(Libc.getdents64(scratch.errno(), directory.number(), buffer), shown);
      while (filled > 0) {
        addFrom(buffer.asSlice(0, filled), names);
        filled = check(Libc.getdents64(scratch.errno(), directory.number(), buffer), shown);
      }
      return names;
    }
  }

  private static void addFrom(MemorySegment records, List<String> names) {
    for (long at = 0; at < records.byteSize(); at += DirectoryReader.length(records, at)) {
      byte type = records.get(JAVA_BYTE, at + DirectoryReader.D_TYPE);
      if (type == DT_DIR || type == DT_UNKNOWN) {
        String name = records.getString(at + DirectoryReader.D_NAME, ISO_8859_1);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
        }
      }
    }
  }

  private static int check(int result, String shown) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, shown);
    }
    return result;
  }
}
