package io.relais.failover.net;

import com.google.common.collect.ImmutableListMultimap;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * Sends requests with the JDK's client, one client for each: enough for the servers of the tests.
 * It knows nothing of pins and trust.
 */
public final class JdkHttpCaller implements HttpCaller {
  @Override
  public HttpReply send(HttpCall call) throws HttpException, InterruptedException {
    long start = System.nanoTime();
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(call.limits().connect())
            .build();
    try {
      HttpResponse<byte[]> response =
          client.send(request(call), HttpResponse.BodyHandlers.ofByteArray());
      return reply(response, start);
    } catch (IOException e) {
      throw failure(e, start);
    } finally {
      client.shutdownNow();
    }
  }

  private static HttpRequest request(HttpCall call) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(call.uri())
            .timeout(call.limits().whole())
            .method(
                call.method(),
                call.body()
                    .map(HttpRequest.BodyPublishers::ofByteArray)
                    .orElseGet(HttpRequest.BodyPublishers::noBody));
    call.headers().forEach(request::header);
    return request.build();
  }

  private static HttpReply reply(HttpResponse<byte[]> response, long start) {
    ImmutableListMultimap.Builder<String, String> headers = ImmutableListMultimap.builder();
    response
        .headers()
        .map()
        .forEach((name, values) -> headers.putAll(name.toLowerCase(Locale.ROOT), values));
    return new HttpReply(
        response.statusCode(),
        headers.build(),
        response.body(),
        false,
        timings(start),
        Optional.empty(),
        Optional.empty());
  }

  private static HttpTimings timings(long start) {
    return HttpTimings.whole(Duration.ofNanos(System.nanoTime() - start));
  }

  private static HttpException failure(IOException e, long start) {
    HttpException.Reason reason =
        switch (e) {
          case HttpConnectTimeoutException _ -> HttpException.Reason.UNREACHABLE;
          case HttpTimeoutException _ -> HttpException.Reason.TIMEOUT;
          case ConnectException c when c.getCause() instanceof UnresolvedAddressException ->
              HttpException.Reason.NAME;
          case ConnectException _ -> HttpException.Reason.REFUSED;
          case SSLException _ -> HttpException.Reason.TLS;
          default -> HttpException.Reason.BROKEN;
        };
    String message =
        reason == HttpException.Reason.TIMEOUT ? "no answer in time" : reason.toString();
    return new HttpException(reason, message, timings(start), Optional.empty(), e);
  }
}
