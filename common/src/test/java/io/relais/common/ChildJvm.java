package io.relais.common;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Another JVM with the tests' classes, for what can't be tried on our own process. */
public final class ChildJvm {
  private ChildJvm() {}

  /** Not started yet. */
  public static ProcessBuilder of(Class<?> main, String... arguments) {
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    main.getName()),
                Stream.of(arguments))
            .toList();
    return new ProcessBuilder(command);
  }
}
