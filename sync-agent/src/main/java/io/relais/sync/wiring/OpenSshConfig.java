package io.relais.sync.wiring;

import com.google.common.collect.ImmutableMap;
import io.relais.openssh.HostResolver;
import io.relais.openssh.LocalUser;
import io.relais.openssh.SshConfigException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Reads the OpenSSH configuration as the user that the program runs as. */
public final class OpenSshConfig {
  private OpenSshConfig() {}

  /** A resolver for one file, or for the user's own and the system's. */
  public static HostResolver resolver(Optional<Path> file, Map<String, String> environment)
      throws SshConfigException {
    LocalUser user = localUser(environment);
    return file.isPresent()
        ? HostResolver.ofFile(file.get(), user)
        : HostResolver.ofUsualFiles(user);
  }

  private static LocalUser localUser(Map<String, String> environment) {
    return new LocalUser(
        System.getProperty("user.name"),
        uid(),
        Path.of(System.getProperty("user.home")),
        hostName(),
        ImmutableMap.copyOf(environment));
  }

  private static long uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (java.io.IOException e) {
      throw new IllegalStateException("/proc is not mounted", e);
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
