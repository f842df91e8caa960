package io.relais.sync.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a class of the tests in a JVM of its own. */
public final class ChildJvm {
  private ChildJvm() {}

  /** Runs {@code main} in the locale of a service with LANG=C, and gives what it printed. */
  public static String runInLocaleC(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return runBy(List.of("env", "-u", "LC_CTYPE", "LANG=C", "LC_ALL=C"), main, arguments);
  }

  /** Has {@code wrapper} run {@code main}, and gives what it printed; fails if that fails. */
  public static String runBy(List<String> wrapper, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
