package io.relais.failover.net;

import java.net.URI;
import java.time.Duration;

/** A program of its own: asks a URL, waits for a line on its input, and asks again. */
final class AskTwice {
  private AskTwice() {}

  public static void main(String[] args) throws Exception {
    HttpCaller caller = OkHttpCaller.create();
    HttpCall call =
        HttpCall.of("GET", URI.create(args[0]), HttpLimits.within(Duration.ofSeconds(30)));
    System.out.println(caller.send(call).text());
    while (System.in.read() != '\n') {
      // Not yet.
    }
    System.out.println(caller.send(call).text());
  }
}
