package io.relais.sync.wiring;

import com.google.common.collect.ImmutableMap;
import io.relais.openssh.HostResolver;
import io.relais.openssh.HostResolver.LocalUser;
import io.relais.openssh.SshConfigException;
import io.relais.sync.config.ConfigLoader.SshHosts;
import java.io.IOException;
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

  /**
   * Lets the configuration's loader ask which hosts the OpenSSH configuration knows.
   *
   * @throws IOException if it can't be read or honoured (the user's to fix)
   */
  public static SshHosts hosts(Optional<Path> file, Map<String, String> environment)
      throws IOException {
    try {
      HostResolver resolver = resolver(file, environment);
      return new SshHosts(alias -> knows(resolver, alias), resolver.aliases());
    } catch (SshConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean knows(HostResolver resolver, String alias) {
    try {
      return resolver.knows(alias);
    } catch (SshConfigException e) {
      // It is known, and what is wrong with it is said when it is resolved.
      return true;
    }
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
    } catch (IOException e) {
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
