package io.relais.sync.openssh;

/**
 * Something the configuration says that is not, or not fully, honoured.
 *
 * @param option the keyword as the file spells it
 * @param message what happens instead
 */
public record SshConfigWarning(String option, ConfigLocation at, String message) {
  /** One line, {@code FILE:LINE: OPTION is not honoured: …}. */
  @Override
  public String toString() {
    return at + ": " + option + " " + message;
  }
}
