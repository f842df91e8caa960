package io.relais.sync.e2e;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent where our own calls of inotify are refused, by a filter such as containers have, and
 * those of the JDK are not: it calls inotify_init(2), older than the inotify_init1(2) that we call.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64") // others have only inotify_init1
final class WatcherFallbackTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int INOTIFY_INIT1 = 294;
  private static final int ENOSYS = 38;

  @TempDir private Path directory;

  @Test
  void withoutInotifyTheAgentTakesDirectoryWatcherByItself() throws Exception {
    try (Rig rig = Rig.in(directory, "")) {
      startWithout(INOTIFY_INIT1, rig);
      rig.awaitState("in-sync");
      assertThat(rig.said())
          .contains(
              rig.source()
                  + " is watched with directory-watcher, which notices changes a little later,"
                  + " since this is not possible with inotify (inotify_init1: function not"
                  + " implemented)");
      assertThat(rig.lines("site", "degraded"))
          .singleElement()
          .asString()
          .contains("is watched with directory-watcher");

      Files.createDirectories(rig.source().resolve("new/deep"));
      Files.writeString(rig.source().resolve("new/deep/page"), "made");
      rig.awaitEqual(LIMIT);
      Files.writeString(rig.source().resolve("new/deep/page"), "written where it is");
      rig.awaitEqual(LIMIT);
      Files.move(rig.source().resolve("new"), rig.source().resolve("moved"));
      rig.awaitEqual(LIMIT);
      rig.stopAgent();
    }
  }

  /** A filter is inherited by what its thread starts, and by nothing else in this process. */
  private static void startWithout(int systemCall, Rig rig) throws Exception {
    try (ExecutorService filtered =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("filtered").factory())) {
      filtered
          .submit(
              () -> {
                refuse(systemCall);
                return rig.startAgent();
              })
          .get();
    }
  }

  /**
   * Has the kernel refuse a system call to the calling thread and to what it starts.
   *
   * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
   */
  private static void refuse(int systemCall) {
    Linker linker = Linker.nativeLinker();
    MethodHandle prctl =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("prctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment instructions = arena.allocate(4 * 8, 8);
      instruction(instructions, 0, 0x20, 0, 0); // load the number of the system call
      instruction(instructions, 1, 0x15, 1, systemCall); // is it this one? otherwise skip 1
      instruction(instructions, 2, 0x06, 0, 0x50000 | ENOSYS); // fail with this error number
      instruction(instructions, 3, 0x06, 0, 0x7fff0000); // let it pass
      MemorySegment program = arena.allocate(16, 8);
      program.set(JAVA_SHORT, 0, (short) 4);
      program.set(ADDRESS, 8, instructions);
      int noNewPrivileges = (int) prctl.invokeExact(38, 1L, MemorySegment.NULL, 0L, 0L);
      assertThat(noNewPrivileges).as("PR_SET_NO_NEW_PRIVS").isZero();
      int filter = (int) prctl.invokeExact(22, 2L, program, 0L, 0L);
      assertThat(filter).as("PR_SET_SECCOMP").isZero();
    } catch (Throwable e) {
      throw new AssertionError("no filter", e);
    }
  }

  private static void instruction(
      MemorySegment program, int at, int code, int orSkip, int operand) {
    program.set(JAVA_SHORT, at * 8L, (short) code);
    program.set(JAVA_BYTE, at * 8L + 2, (byte) 0);
    program.set(JAVA_BYTE, at * 8L + 3, (byte) orSkip);
    program.set(JAVA_INT, at * 8L + 4, operand);
  }
}
