package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;

/** Keeps what a line that applies sets, by the rules of its option. */
final class OptionStore {
  private OptionStore() {}

  static void store(Settings settings, Keywords.Option option, ConfigLine line)
      throws SshConfigException {
    switch (option.name()) {
      case "identityfile", "certificatefile" -> settings.add(option.name(), line);
      case "connecttimeout", "serveraliveinterval" -> {
        if (line.time().isPresent()) {
          settings.setFirst(option.name(), line);
        }
      }
      case "proxyjump" ->
          settings.setProxy(new Settings.Proxy(line.at(), JumpParser.parse(line), true));
      case "proxycommand" -> storeCommand(settings, line);
      default -> {
        if (!line.arguments().isEmpty()) {
          settings.setFirst(option.name(), line);
        }
      }
    }
  }

  private static void storeCommand(Settings settings, ConfigLine line) throws SshConfigException {
    boolean none = line.rest().equalsIgnoreCase("none");
    if (settings.proxy().isEmpty() && !none) {
      throw line.fault(
          "ProxyCommand can't be run here, and the host must not be dialled directly instead; use"
              + " ProxyJump");
    }
    if (!none && settings.proxy().filter(OptionStore::isJumpNone).isPresent()) {
      throw line.fault(
          "releases of OpenSSH differ on a ProxyCommand behind 'ProxyJump none'; put 'ProxyCommand"
              + " none' beside that line");
    }
    settings.setProxy(new Settings.Proxy(line.at(), ImmutableList.of(), false));
  }

  private static boolean isJumpNone(Settings.Proxy proxy) {
    return proxy.fromJump() && proxy.jumps().isEmpty();
  }
}
