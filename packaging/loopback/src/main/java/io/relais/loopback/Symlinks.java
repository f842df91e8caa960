package io.relais.loopback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Makes symlinks that say exactly what was asked. A {@code Path} drops repeated and trailing
 * slashes, so on the real file system this calls symlink(2) itself.
 */
final class Symlinks {
  private static final MethodHandle SYMLINK =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("symlink"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));

  private Symlinks() {}

  /**
   * Makes a symlink.
   *
   * @param text what it says, one character a byte; on a file system other than the real one,
   *     repeated and trailing slashes are lost
   */
  static void create(Path link, String text) throws IOException {
    if (!RawNames.isReal(link.getFileSystem())) {
      Files.createSymbolicLink(link, link.getFileSystem().getPath(text));
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocateFrom(text, ISO_8859_1);
      MemorySegment path = arena.allocateFrom(RawNames.latin1(link.toAbsolutePath()), ISO_8859_1);
      if ((int) SYMLINK.invokeExact(target, path) != 0) {
        throw failure(link);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static IOException failure(Path link) {
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      return new FileAlreadyExistsException(link.toString());
    }
    if (!Files.isDirectory(link.resolveSibling("."))) {
      return new NoSuchFileException(link.toString());
    }
    return new IOException("symlink failed: " + link);
  }
}
