package io.relais.failover.process;

import com.google.common.collect.ImmutableList;
import io.relais.linux.ProcessSignals;
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
  private static final List<Path> PLACES =
      List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));
  private static final Optional<Path> SETSID =
      PLACES.stream().filter(Files::isExecutable).findFirst();

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
      ProcessSignals.sendToGroup(process.pid(), ProcessSignals.SIGKILL);
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
