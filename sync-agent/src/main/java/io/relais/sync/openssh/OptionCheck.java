package io.relais.sync.openssh;

import com.google.common.base.Ascii;

/**
 * Checks the value of an option that is honoured, also where the line does not apply: OpenSSH
 * refuses the whole file then, and so does this.
 */
final class OptionCheck {
  private OptionCheck() {}

  static void check(Keywords.Option option, ConfigLine line) throws SshConfigException {
    if (option.treatment() != Keywords.Treatment.HONOURED) {
      return;
    }
    switch (option.name()) {
      case "port" -> line.port();
      case "identitiesonly" -> line.flag();
      case "connecttimeout", "serveraliveinterval" -> line.time();
      case "serveralivecountmax" -> line.count();
      case "userknownhostsfile", "globalknownhostsfile" -> checkFiles(line);
      case "proxyjump" -> JumpParser.parse(line);
      case "proxycommand" -> {}
      case "stricthostkeychecking" -> checkStrict(line);
      default -> line.single();
    }
  }

  private static void checkFiles(ConfigLine line) throws SshConfigException {
    for (String file : line.arguments()) {
      if (file.isEmpty()) {
        throw line.fault(line.spelled() + " has an empty path; remove it");
      }
      if (file.equalsIgnoreCase("none") && line.arguments().size() > 1) {
        throw line.fault("'none' must stand alone; remove it or the other files");
      }
    }
  }

  private static void checkStrict(ConfigLine line) throws SshConfigException {
    if (!Ascii.toLowerCase(line.single()).matches("yes|true|no|false|off|ask|accept-new")) {
      throw line.fault(
          line.spelled() + " is yes, ask, accept-new or no, not '" + line.single() + "'; mend it");
    }
  }
}
