package io.relais.failover.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HttpHeaders;
import java.net.URI;
import java.util.Optional;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** A call in the library's words. */
final class Wire {
  private static final ImmutableSet<String> ALWAYS_WITH_BODY =
      ImmutableSet.of("POST", "PUT", "PATCH");

  private Wire() {}

  /** The request; empty if the URL is one that can't be asked (a zone in an IPv6 address, say). */
  static Optional<Request> request(HttpCall call) {
    @Nullable HttpUrl url = HttpUrl.parse(call.uri().toString());
    if (url == null) {
      return Optional.empty();
    }
    Request.Builder request =
        new Request.Builder()
            .url(url)
            .method(call.method(), body(call))
            .header(HttpHeaders.USER_AGENT, "failover-watcher")
            .header(HttpHeaders.CONNECTION, "close");
    if (!url.username().isEmpty() || !url.password().isEmpty()) {
      request.header(
          HttpHeaders.AUTHORIZATION, Credentials.basic(url.username(), url.password(), UTF_8));
    }
    call.headers().forEach(request::header);
    return Optional.of(request.build());
  }

  static int port(URI uri) {
    if (uri.getPort() != -1) {
      return uri.getPort();
    }
    return isTls(uri) ? 443 : 80;
  }

  static boolean isTls(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme());
  }

  private static @Nullable RequestBody body(HttpCall call) {
    if (call.body().isEmpty() && !ALWAYS_WITH_BODY.contains(call.method())) {
      return null;
    }
    return RequestBody.create(call.body().orElse(new byte[0]), (MediaType) null);
  }
}
