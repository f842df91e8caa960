package io.relais.failover.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableListMultimap;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.HttpTimings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Pages by URL; where there is none, nobody answers. */
final class FakeWeb implements HttpCaller {
  private record Page(int status, String text) {}

  private final Map<String, Page> pages = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  void page(String url, int status, String text) {
    pages.put(url, new Page(status, text));
  }

  void gone(String url) {
    pages.remove(url);
  }

  long asked(String url) {
    return asked.stream().filter(url::equals).count();
  }

  @Override
  public HttpReply send(HttpCall call) throws HttpException {
    String url = call.uri().toString();
    asked.add(url);
    Page page = pages.get(url);
    if (page == null) {
      throw new HttpException(
          HttpException.Reason.UNREACHABLE,
          call.uri().getHost() + " does not answer",
          HttpTimings.whole(Duration.ZERO),
          Optional.empty(),
          new IOException("nobody"));
    }
    return new HttpReply(
        page.status(),
        ImmutableListMultimap.of(),
        page.text().getBytes(UTF_8),
        false,
        HttpTimings.whole(Duration.ZERO),
        Optional.empty(),
        Optional.empty());
  }
}
