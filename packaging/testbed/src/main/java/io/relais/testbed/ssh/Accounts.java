package io.relais.testbed.ssh;

import java.util.List;

/**
 * The system accounts of the bed, shared by every bed on the machine. They have no password, and
 * stay: removing an account under a running sshd of another test would break that test.
 */
final class Accounts {
  static final String JUMP = "relaisjump";
  static final String SFTP = "relaisftp";
  static final String SHELL = "relaisshell";
  static final String WEB = "relaisweb";

  private Accounts() {}

  static void makeSure() {
    ensure(JUMP, "/usr/sbin/nologin");
    ensure(SFTP, "/usr/sbin/nologin");
    ensure(SHELL, "/bin/bash");
    ensure(WEB, "/usr/sbin/nologin");
  }

  private static void ensure(String name, String shell) {
    if (exists(name)) {
      return;
    }
    // The password '*' matches nothing; '!' would be "locked", and sshd refuses such accounts.
    List<String> command =
        List.of(
            Shell.find("useradd"),
            "--system",
            "--no-create-home",
            "--user-group",
            "--home-dir",
            "/",
            "--shell",
            shell,
            "--password",
            "*",
            name);
    Shell.Result result = Shell.attempt(command.toArray(String[]::new));
    if (result.exit() != 0 && !exists(name)) {
      throw new IllegalStateException("can't make the account " + name + ": " + result.output());
    }
  }

  private static boolean exists(String name) {
    return Shell.attempt("getent", "passwd", name).exit() == 0;
  }
}
