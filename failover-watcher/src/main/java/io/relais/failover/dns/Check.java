package io.relais.failover.dns;

/**
 * One line of a doctor's report.
 *
 * @param name what was looked at
 * @param result how it is
 * @param detail what was found and, unless ok, what to do; one line, no secrets
 */
public record Check(String name, Result result, String detail) {
  /** How it is. */
  public enum Result {
    OK,
    /** It works, but something should be mended. */
    WARNING,
    FAILED
  }

  public static Check ok(String name, String detail) {
    return new Check(name, Result.OK, detail);
  }

  public static Check warning(String name, String detail) {
    return new Check(name, Result.WARNING, detail);
  }

  public static Check failed(String name, String detail) {
    return new Check(name, Result.FAILED, detail);
  }
}
