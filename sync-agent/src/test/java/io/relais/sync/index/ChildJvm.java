package io.relais.sync.index;

import java.io.IOException;
import java.nio.file.Path;

/** Another process, to be killed or starved. */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * Starts a main class.
   *
   * @param limit a shell's command to set a limit before, or nothing
   */
  static Process start(String limit, Class<?> main, Path argument) throws IOException {
    return new ProcessBuilder(
            "sh",
            "-c",
            limit + "\nexec \"$@\"",
            "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            argument.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
