package io.relais.failover.notify;

import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import java.util.function.Function;

/**
 * A channel that is one HTTP request. A redirect is a failure: it would carry the key elsewhere.
 */
final class HttpChannel implements Channel {
  private final HttpCaller http;
  private final HttpCall request;
  private final Function<Notice, byte[]> body;
  private final HttpFailures failures;

  /**
   * Makes one.
   *
   * @param request all but the body
   */
  HttpChannel(HttpCaller http, HttpCall request, Function<Notice, byte[]> body, Redactor redactor) {
    this.http = http;
    this.request = request;
    this.body = body;
    this.failures = new HttpFailures(request.uri(), redactor);
  }

  @Override
  public void send(String id, Notice notice) throws DeliveryException, InterruptedException {
    HttpReply reply;
    try {
      reply = http.send(request.withBody(body.apply(notice)));
    } catch (HttpException e) {
      throw failures.of(e);
    }
    if (reply.status() / 100 != 2) {
      throw failures.of(reply);
    }
  }
}
