package io.relais.sftp;

import java.time.Duration;

/** The SSH session that SFTP channels are in, as far as they have to do with it. */
public interface SftpSession {
  /** The host at its other end, for messages. */
  String host();

  /** For how long no request was answered on any SFTP channel in it. */
  Duration silence();

  /**
   * A request on one of its SFTP channels was answered.
   *
   * @param now {@link System#nanoTime} of that
   */
  void noteAnswer(long now);
}
