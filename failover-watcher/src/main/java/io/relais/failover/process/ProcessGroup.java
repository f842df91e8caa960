package io.relais.failover.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.google.common.collect.ImmutableList;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A process group of its own for each program: what it began is ended with it, even where the
 * program itself is gone by then and its children have another parent. The JDK starts programs in
 * its own group, so setsid(1) stands before the command where the system has it (util-linux and
 * BusyBox do); it becomes the program, under the same process id.
 */
final class ProcessGroup {
  private static final int SIGKILL = 9;
  private static final List<Path> PLACES =
      List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));
  private static final Optional<Path> SETSID =
      PLACES.stream().filter(Files::isExecutable).findFirst();

  private static final MethodHandle KILL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private ProcessGroup() {}

  /** The command as it is to be started. */
  static ImmutableList<String> leading(ImmutableList<String> command) {
    return SETSID
        .map(
            setsid ->
                ImmutableList.<String>builder().add(setsid.toString()).addAll(command).build())
        .orElse(command);
  }

  /** Kills the program with all that it began; what is gone already does no harm. */
  static void kill(Process process) {
    // Listed first: without their parent they are not found any more.
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    if (SETSID.isPresent()) {
      killGroup(process.pid());
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  private static void killGroup(long leader) {
    try {
      int _ = (int) KILL.invokeExact(Math.toIntExact(-leader), SIGKILL);
    } catch (Throwable t) {
      throw new AssertionError("a downcall can't throw", t);
    }
  }
}
