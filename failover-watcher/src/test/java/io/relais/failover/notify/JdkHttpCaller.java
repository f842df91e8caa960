package io.relais.failover.notify;

import com.google.common.collect.ImmutableListMultimap;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.HttpTimings;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;

/** The port over the JDK's client: real requests without the package that has OkHttp. */
final class JdkHttpCaller implements HttpCaller {
  @Override
  public HttpReply send(HttpCall call) throws HttpException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(call.uri())
            .timeout(call.limits().whole())
            .method(
                call.method(),
                HttpRequest.BodyPublishers.ofByteArray(call.body().orElse(new byte[0])));
    call.headers().forEach(request::header);
    try (HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build()) {
      return reply(client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    } catch (HttpTimeoutException e) {
      throw failure(HttpException.Reason.TIMEOUT, "no answer in time", e);
    } catch (ConnectException e) {
      throw failure(HttpException.Reason.REFUSED, "refused", e);
    } catch (IOException e) {
      throw failure(HttpException.Reason.BROKEN, "broken", e);
    }
  }

  private static HttpReply reply(HttpResponse<byte[]> response) {
    ImmutableListMultimap.Builder<String, String> headers = ImmutableListMultimap.builder();
    response.headers().map().forEach((name, values) -> headers.putAll(name, values));
    return new HttpReply(
        response.statusCode(),
        headers.build(),
        response.body(),
        false,
        HttpTimings.whole(Duration.ZERO),
        Optional.empty(),
        Optional.empty());
  }

  private static HttpException failure(
      HttpException.Reason reason, String message, Exception cause) {
    return new HttpException(
        reason, message, HttpTimings.whole(Duration.ZERO), Optional.empty(), cause);
  }
}
