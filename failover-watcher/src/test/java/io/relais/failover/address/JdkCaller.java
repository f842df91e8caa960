package io.relais.failover.address;

import static java.util.stream.Collectors.toMap;

import com.google.common.collect.ImmutableListMultimap;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.HttpTimings;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** HTTP by the JDK's own client, to servers that the tests start. */
public final class JdkCaller implements HttpCaller {
  /** Each call that was made, in order. */
  public final List<HttpCall> calls = new CopyOnWriteArrayList<>();

  @Override
  public HttpReply send(HttpCall call) throws HttpException, InterruptedException {
    calls.add(call);
    HttpRequest.Builder request = HttpRequest.newBuilder(call.uri()).method(call.method(), body());
    call.headers().forEach(request::header);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        byte[] read = in.readNBytes(call.largestBody() + 1);
        client.shutdownNow();
        return reply(response, read, call.largestBody());
      }
    } catch (IOException e) {
      HttpTimings timings = HttpTimings.whole(Duration.ZERO);
      throw new HttpException(
          HttpException.Reason.BROKEN,
          String.valueOf(e.getMessage()),
          timings,
          Optional.empty(),
          e);
    }
  }

  private static HttpRequest.BodyPublisher body() {
    return HttpRequest.BodyPublishers.noBody();
  }

  private static HttpReply reply(HttpResponse<?> response, byte[] read, int largest) {
    Map<String, List<String>> headers =
        response.headers().map().entrySet().stream()
            .collect(toMap(each -> each.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue));
    ImmutableListMultimap.Builder<String, String> all = ImmutableListMultimap.builder();
    headers.forEach(all::putAll);
    return new HttpReply(
        response.statusCode(),
        all.build(),
        Arrays.copyOf(read, Math.min(read.length, largest)),
        read.length > largest,
        HttpTimings.whole(Duration.ZERO),
        Optional.empty(),
        Optional.empty());
  }
}
