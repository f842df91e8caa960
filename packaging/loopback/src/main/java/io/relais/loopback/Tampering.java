package io.relais.loopback;

import java.io.IOException;

/**
 * Changes what the backup's SFTP server says, so that a client can be tested with a broken or a
 * hostile one. Called on each channel's own thread, one reply after the other; while it blocks, the
 * channel says nothing. The thread is interrupted when the channel ends.
 */
public interface Tampering {
  /** The way to the client. */
  interface Wire {
    /** Sends bytes as they are, and returns once they are on their way. */
    void send(byte[] bytes) throws IOException;
  }

  /**
   * Answers in the server's place.
   *
   * @param request the client's packet, from its type on
   * @param reply what the server would say, from its type on
   * @throws IOException ends the channel
   */
  void answer(byte[] request, byte[] reply, Wire wire) throws IOException;
}
