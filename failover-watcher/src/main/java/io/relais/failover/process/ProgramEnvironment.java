package io.relais.failover.process;

import java.util.regex.Pattern;

/** What of our own environment a program of the user's gets. */
public final class ProgramEnvironment {
  /** The rest may hold credentials, as OVH_APPLICATION_SECRET does. */
  private static final Pattern PASSED =
      Pattern.compile(
          "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|SSH_AUTH_SOCK"
              + "|CREDENTIALS_DIRECTORY");

  private ProgramEnvironment() {}

  /** Takes all others out. */
  public static void reduce(ProcessBuilder builder) {
    builder.environment().keySet().removeIf(name -> !PASSED.matcher(name).matches());
  }
}
