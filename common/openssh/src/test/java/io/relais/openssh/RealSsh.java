package io.relais.openssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.relais.openssh.HostResolver.LocalUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs OpenSSH's own programs. A missing one fails the test that asks for it. */
final class RealSsh {
  static final ImmutableMap<String, String> ENVIRONMENT =
      ImmutableMap.of("KEYS", "/etc/keys", "PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");

  private RealSsh() {}

  /** What a program left: its exit code and both of its streams. */
  record Output(int code, String out, String err) {}

  /** Who runs this test, as ssh would see it. */
  static LocalUser localUser() throws IOException {
    Path home = Path.of(System.getProperty("user.home"));
    return new LocalUser(
        System.getProperty("user.name"),
        (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"),
        home,
        Files.readString(Path.of("/proc/sys/kernel/hostname")).strip(),
        ENVIRONMENT);
  }

  static Output run(Path directory, List<String> command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(ENVIRONMENT);
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command + " does not end");
    }
    Output said =
        new Output(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
    Files.delete(out);
    Files.delete(err);
    return said;
  }
}
