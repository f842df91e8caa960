package io.relais.common.lifecycle;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells a process from a later one that was given the same id: by the kernel's boot and the moment
 * in it at which the process began (proc_pid_stat(5)). Safe for use by many threads.
 */
public final class ProcessStamp {
  private static final Path PROC = Path.of("/proc");

  /** What follows the command's name in {@code stat}; the start is field 22, the state is 3. */
  private static final int START = 22 - 3;

  private ProcessStamp() {}

  /** The stamp of this process; empty where the system has none. */
  public static String current() {
    return of(ProcessHandle.current().pid());
  }

  /**
   * Whether the process runs that had this id and this stamp.
   *
   * @param stamp empty if none was kept: then any process with that id is taken for it
   */
  public static boolean isRunning(long pid, String stamp) {
    if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) {
      return false;
    }
    String now = of(pid);
    return stamp.isEmpty() || now.isEmpty() || stamp.equals(now);
  }

  private static String of(long pid) {
    try {
      String boot = Files.readString(PROC.resolve("sys/kernel/random/boot_id"), US_ASCII).strip();
      // The name, in parentheses, may hold anything, and be in any encoding.
      byte[] bytes = Files.readAllBytes(PROC.resolve(pid + "/stat"));
      String stat = new String(bytes, US_ASCII);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
      return fields.length > START ? boot + "/" + fields[START] : "";
    } catch (IOException e) {
      return "";
    }
  }
}
