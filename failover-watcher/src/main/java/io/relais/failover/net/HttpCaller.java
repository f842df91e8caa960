package io.relais.failover.net;

/**
 * Sends HTTP requests. Each has a connection of its own and looks names up again: a kept connection
 * or a cached answer would lead to the wrong server after a switch. For any number of threads.
 */
public interface HttpCaller {
  /**
   * Sends a request and reads its reply. Blocks, at most as long as the call's limits say.
   *
   * @throws HttpException if no whole reply came (its reason says whose fault it is)
   * @throws InterruptedException if the thread was interrupted; the connection is closed
   */
  HttpReply send(HttpCall call) throws HttpException, InterruptedException;
}
